"""Tables, closed row by row, and a very long row cell by cell."""

from __future__ import annotations

import re

from chat.markdown.ink import Ink
from chat.markdown.inline import parse
from chat.markdown.long_row import LONGEST_CELL, LongRow
from chat.markdown.nodes import Element, Node, escape
from chat.markdown.rows import split_row

LONGEST_HEAD = 1000  # while it is a guess


class Table:
    kind = "table"

    def __init__(self, ink: Ink, head: str, aligns: list[str]) -> None:
        self.ink, self.aligns = ink, aligns
        self.head = Element("thead", [Element("tr", self._cells(head, "th", True))])
        self.body = Element("tbody", [])
        self.row: LongRow | None = None
        self.calm = False

    def add(self, line: str) -> None:
        self.ink.close(self.body.base, [Element("tr", self._cells(line, "td", True))])

    def begin_row(self, text: str) -> None:
        """The beginning of a very long row."""
        self.row = LongRow(self.ink, self.aligns)
        self.extend(text)

    def extend(self, text: str) -> None:
        assert self.row is not None
        self.row.extend(text)

    def end_line(self) -> None:
        if self.row is not None:
            self.ink.close(self.body.base, [self.row.close()])
            self.row = None

    def draw(self, partial: str | None, closed: bool) -> list[Node]:
        rows: list[Node] = []
        self.calm = False
        if self.row is not None:
            rows = [self.row.draw()]
            self.calm = self.row.calm
        elif partial is not None:
            rows = [Element("tr", self._cells(partial, "td", False), live=True)]
        return [self._framed(self.body.view(rows) if rows or self.body.base else None)]

    def close(self) -> list[Node]:
        return [self._framed(self.body.view([]) if self.body.base else None)]

    def _framed(self, body: Element | None) -> Element:
        return _frame([self.head] if body is None else [self.head, body])

    def _cells(self, line: str, tag: str, complete: bool) -> list[Node]:
        """The cells of a row: as many as the head has when it is complete, else those begun."""
        found = split_row(line)
        texts, more = found[: len(self.aligns)], len(found) > len(self.aligns)
        if complete:
            texts += [""] * (len(self.aligns) - len(texts))
        cells: list[Node] = []
        for index, (text, align) in enumerate(zip(texts, self.aligns, strict=False)):
            opened = not complete and not more and index == len(texts) - 1 and not _ENDED.search(line)
            attributes = f' align="{align}"' if align else ""
            cells.append(
                Element(tag, self._inside(text, complete, opened), attributes, guarded=True, live=opened)
            )
        return cells

    def _inside(self, text: str, complete: bool, opened: bool) -> list[Node]:
        if len(text) > LONGEST_CELL:
            return [escape(text)]
        parsed = parse(text, self.ink.known, unfinished=opened)
        if complete:
            self.ink.missing.update(key for key in parsed.missing if key not in self.ink.known)
        if opened:
            self.calm = parsed.calm
        return parsed.nodes


_ENDED = re.compile(r"(?<!\\)\|[ \t]*\Z")


def looks_like_table(text: str) -> bool:
    """Whether a paragraph of this text is most likely the head of a table."""
    line = text.strip(" \t\n")
    return (
        line.startswith("|") and "\n" not in line and len(line) <= LONGEST_HEAD and bool(line.strip("|-: \t"))
    )


def head_guess(text: str) -> Element:
    """A line that begins with a pipe, drawn as the head of the table it most likely begins."""
    cells: list[Node] = []
    texts = split_row(text.strip(" \t\n"))
    for index, cell in enumerate(texts):
        last = index == len(texts) - 1
        nodes = parse(cell, {}, unfinished=last).nodes
        cells.append(Element("th", nodes, guarded=True, live=last))
    return _frame([Element("thead", [Element("tr", cells)])])


def _frame(parts: list[Node]) -> Element:
    return Element(
        "div",
        [Element("table", parts, live=True)],
        ' class="table-scroll" tabindex="0" role="group" aria-label="Table"',
        live=True,
    )
