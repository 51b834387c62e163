"""Blocks whose units close one by one: code, line by line, and tables, row by row."""

from __future__ import annotations

import re

from chat.markdown.highlight import Highlighter, language
from chat.markdown.ink import Ink
from chat.markdown.inline import parse
from chat.markdown.nodes import Element, Node, attribute, escape
from chat.markdown.paragraph import table_frame
from chat.markdown.tables import split_row

LONGEST_CELL = 2000  # characters; a longer one is plain text
_NEWLINE = "\n"


class Code:
    """A fenced or an indented block. `calm` after a drawing: more text of the line is just added."""

    def __init__(self, ink: Ink, info: str = "", fence: tuple[str, int, int] | None = None) -> None:
        self.ink = ink
        self.kind = "fence" if fence else "indented"
        self.mark, self.length, self.indent = fence or ("", 0, 0)
        name = language(info)
        self.highlighter = Highlighter(name)
        self.caption = Element("figcaption", [f"<span>{escape(name)}</span>{_COPY}"])
        self.code = Element("code", [], f' class="language-{attribute(name)}"' if name else "")
        self.blanks: list[str] = []  # lines of an indented block that may turn out to stand after it
        self.calm = False

    def add(self, text: str) -> None:
        if self.kind == "indented" and not text.strip(" \t"):
            self.blanks.append(text)
            return
        for line in [*self.blanks, text]:
            self.ink.close(self.code.base, [_line(self.highlighter.line(line) + _NEWLINE)])
        self.blanks = []

    def held(self, partial: str) -> bool:
        """Whether a beginning of a line may still be the fence that ends the block, or blank space."""
        rest = partial.strip(" \t")
        return not rest or (self.kind == "fence" and not rest.strip(self.mark))

    def draw(self, partial: str | None, closed: bool) -> list[Node]:
        kids: list[Node] = []
        self.calm = partial is not None and not closed
        if partial is not None:
            kids = [_line(escape(line) + _NEWLINE) for line in self.blanks]
            kids.append(_line(escape(partial), True))
        return [self._figure(self.code.view(kids))]

    def close(self) -> list[Node]:
        return [self._figure(self.code.view([]))]

    def _figure(self, code: Element) -> Element:
        pre = Element("pre", [code], live=True)
        return Element("figure", [self.caption, pre], ' class="code"', live=True)


_COPY = '<button type="button" class="copy-code">Copy</button>'


def _line(html: str, live: bool = False) -> Element:
    return Element("span", [html], ' class="line"', guarded=True, live=live)


class Table:
    kind = "table"

    def __init__(self, ink: Ink, head: str, aligns: list[str]) -> None:
        self.ink, self.aligns = ink, aligns
        self.head = Element("thead", [Element("tr", self._cells(head, "th", True))])
        self.body = Element("tbody", [])
        self.calm = False

    def add(self, line: str) -> None:
        self.ink.close(self.body.base, [Element("tr", self._cells(line, "td", True))])

    def draw(self, partial: str | None, closed: bool) -> list[Node]:
        rows: list[Node] = []
        self.calm = False
        if partial is not None:
            rows = [Element("tr", self._cells(partial, "td", False), live=True)]
        return [self._frame(self.body.view(rows) if rows or self.body.base else None)]

    def close(self) -> list[Node]:
        return [self._frame(self.body.view([]) if self.body.base else None)]

    def _frame(self, body: Element | None) -> Element:
        return table_frame([self.head] if body is None else [self.head, body])

    def _cells(self, line: str, tag: str, complete: bool) -> list[Node]:
        """The cells of a row: as many as the head has when it is complete, else those begun."""
        texts = split_row(line)[: len(self.aligns)]
        more = len(split_row(line)) > len(self.aligns)
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
