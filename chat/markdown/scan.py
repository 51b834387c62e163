"""What one line does to the open blocks: which stay, which begin, and what becomes of its text.

Nothing here changes a block, so the same scan serves a line that is still being written. The rules
are those of https://spec.commonmark.org/0.31.2/#appendix-a-parsing-strategy, with GFM tables and
without HTML blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from chat.markdown.rows import delimiter_row, split_row

DEEPEST = 32
LONGEST = 1000  # characters of a line that decide what it is; a longer one is text, a row, or code

_RULE = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})\Z")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|\Z)")
_HEADING_END = re.compile(r"(?<![^ \t])#++[ \t]*+\Z")
_SETEXT = re.compile(r"(=+|-+)[ \t]*\Z")
_FENCE = re.compile(r"(`{3,})([^`]*)\Z|(~{3,})(.*)\Z")
_BULLET = re.compile(r"([*+-])(?=[ \t]|\Z)")
_ORDERED = re.compile(r"(\d{1,9})([.)])(?=[ \t]|\Z)")

Kind = Literal["document", "quote", "list", "item"]
Action = Literal[
    "blank", "text", "heading", "rule", "setext", "fence", "code", "fence_end", "indented", "table", "row"
]


@dataclass(slots=True)
class Opening:
    """A container that begins: `marker` tells which lists are one, `width` is an item's indentation."""

    kind: Kind
    marker: str = ""
    start: int = 1
    width: int = 0


@dataclass(slots=True)
class Plan:
    keep: int  # containers of the spine that stay open
    action: Action
    text: str = ""
    goes_on: bool = False  # the text belongs to the open leaf
    openings: list[Opening] = field(default_factory=list)
    detail: Any = None


class Cursor:
    """A place in a line, counting tabs as CommonMark does (stops of four columns)."""

    __slots__ = ("at", "column", "line")

    def __init__(self, line: str) -> None:
        self.line, self.at, self.column = line, 0, 0

    def indent(self) -> int:
        """Columns of white space from here."""
        column = self.column
        for char in self.line[self.at : self.at + LONGEST]:
            if char == " ":
                column += 1
            elif char == "\t":
                column += 4 - column % 4
            else:
                break
        return column - self.column

    def skip(self, columns: int) -> None:
        """Pass so many columns; a tab passed in part leaves the rest of its width as spaces."""
        while columns > 0 and self.at < len(self.line):
            width = 4 - self.column % 4 if self.line[self.at] == "\t" else 1
            if width > columns:
                self.line = self.line[: self.at] + " " * width + self.line[self.at + 1 :]
                width = 1
            self.at += 1
            self.column += width
            columns -= width

    def rest(self) -> str:
        return self.line[self.at :]

    def blank(self) -> bool:
        return not self.line[self.at :].strip(" \t")


def scan(line: str, spine: list[Any], leaf: Any) -> Plan:
    """The plan for `line` (without its newline), given the open containers and the open leaf or None."""
    cursor = Cursor(line)
    keep, whole = _matched(cursor, spine, leaf)
    if whole and leaf is not None and leaf.kind == "fence":
        return _fenced(cursor, leaf, keep)
    plan = Plan(keep, "text")
    paragraph = leaf is not None and leaf.kind == "paragraph"
    row = leaf is not None and leaf.kind == "table" and whole
    depth = keep
    while True:
        direct = whole and not plan.openings
        rest, indent = _stripped(cursor), cursor.indent()
        if not rest:
            plan.action = "blank"
            if direct and leaf is not None and leaf.kind == "indented":
                cursor.skip(min(indent, 4))
                plan.text = cursor.rest()
            return plan
        if indent >= 4:
            if paragraph and not plan.openings:
                break
            plan.action, plan.goes_on = "indented", direct and leaf is not None and leaf.kind == "indented"
            _leave_list(plan, spine)
            cursor.skip(4)
            plan.text = cursor.rest()
            return plan
        if rest[0] == ">" and depth < DEEPEST:
            cursor.skip(indent + 1)
            if cursor.indent():
                cursor.skip(1)
            _leave_list(plan, spine)
            plan.openings.append(Opening("quote"))
            depth += 1
            continue
        if _leaf_start(plan, rest, indent, leaf if direct and paragraph else None):
            _leave_list(plan, spine)
            return plan
        opening = _item(cursor, rest, indent, direct and paragraph) if depth < DEEPEST else None
        if opening is None:
            break
        if plan.openings or not _continues(spine[plan.keep - 1], opening):
            _leave_list(plan, spine)
            plan.openings.append(Opening("list", opening.marker, opening.start))
        plan.openings.append(opening)
        depth += 2
    plan.text = rest
    if plan.openings:
        return plan
    if paragraph:  # also a lazy continuation: the line keeps everything open
        plan.keep, plan.goes_on = len(spine), True
    elif row:
        plan.action, plan.goes_on = "row", True
    else:
        _leave_list(plan, spine)
    return plan


def _stripped(cursor: Cursor) -> str:
    return cursor.rest().lstrip(" \t")


def _matched(cursor: Cursor, spine: list[Any], leaf: Any) -> tuple[int, bool]:
    """How many containers the line continues, and whether these are all."""
    keep = 1
    while keep < len(spine):
        block = spine[keep]
        if block.kind == "quote":
            indent = cursor.indent()
            if indent > 3 or not _stripped(cursor).startswith(">"):
                break
            cursor.skip(indent + 1)
            if cursor.indent():
                cursor.skip(1)
        elif block.kind == "item":
            if cursor.blank():
                if block.empty and leaf is None and keep == len(spine) - 1:
                    break
            elif cursor.indent() >= block.width:
                cursor.skip(block.width)
            else:
                break
        keep += 1
    return keep, keep == len(spine)


def _fenced(cursor: Cursor, leaf: Any, keep: int) -> Plan:
    indent = cursor.indent()
    rest = _stripped(cursor)
    if indent <= 3 and len(rest) <= LONGEST:
        mark = rest.rstrip(" \t")
        if len(mark) >= leaf.length and mark == leaf.mark * len(mark):
            return Plan(keep, "fence_end", goes_on=True)
    cursor.skip(min(indent, leaf.indent))
    return Plan(keep, "code", cursor.rest(), goes_on=True)


def _leaf_start(plan: Plan, rest: str, indent: int, paragraph: Any) -> bool:
    """Whether a heading, fence, rule or table begins; `paragraph` is the one this line would go on with."""
    if len(rest) > LONGEST:
        return False
    if match := _HEADING.match(rest):
        text = _HEADING_END.sub("", rest[match.end() :]).strip(" \t")
        plan.action, plan.text, plan.detail = "heading", text, len(match[1])
    elif match := _FENCE.match(rest):
        mark, info = (match[1], match[2]) if match[1] else (match[3], match[4])
        plan.action, plan.text, plan.detail = "fence", info.strip(" \t"), (mark[0], len(mark), indent)
    elif paragraph is not None and (match := _SETEXT.match(rest)) and paragraph.has_text():
        plan.action, plan.detail, plan.goes_on = "setext", 1 if match[1][0] == "=" else 2, True
    elif paragraph is not None and (aligns := _table(rest, paragraph)):
        plan.action, plan.detail, plan.goes_on = "table", aligns, True
    elif _RULE.match(rest):
        plan.action = "rule"
    else:
        return False
    return True


def _table(rest: str, paragraph: Any) -> list[str] | None:
    aligns = delimiter_row(rest)
    header = paragraph.last_line() if aligns else ""
    if not aligns or "|" not in header or len(split_row(header)) != len(aligns):
        return None
    return aligns


def _item(cursor: Cursor, rest: str, indent: int, interrupts: bool) -> Opening | None:
    """The list item that begins here, with the cursor moved behind its marker."""
    match = _BULLET.match(rest)
    marker, start = (match[1], 1) if match else ("", 1)
    if match is None and (match := _ORDERED.match(rest)):
        marker, start = match[2], int(match[1])
    if match is None:
        return None
    blank = not rest[match.end() :].strip(" \t")
    if interrupts and (blank or start != 1):
        return None
    cursor.skip(indent + match.end())
    space = cursor.indent()
    pad = 1 if blank or space > 4 else space
    cursor.skip(pad)
    return Opening("item", marker, start, indent + match.end() + pad)


def _continues(block: Any, opening: Opening) -> bool:
    return bool(block.kind == "list" and block.marker == opening.marker)


def _leave_list(plan: Plan, spine: list[Any]) -> None:
    """What is not an item ends the list whose items ended."""
    if not plan.openings and spine[plan.keep - 1].kind == "list":
        plan.keep -= 1
