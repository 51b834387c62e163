"""A row of a table that is so long that it is read piece by piece, and drawn again only where it is open."""

from __future__ import annotations

from chat.markdown.ink import Ink
from chat.markdown.inline import parse
from chat.markdown.nodes import Element, Node, escape
from chat.markdown.rows import PIPE, cell_text

LONGEST_CELL = 2000  # characters; a longer one is plain text


class LongRow:
    """`calm` after a drawing: plain text that follows is just added."""

    def __init__(self, ink: Ink, aligns: list[str]) -> None:
        self.ink, self.aligns = ink, aligns
        self.element = Element("tr", [])
        self.column = 0  # of the open cell
        self.raw = ""  # what is not closed of its text
        self.plain: Element | None = None  # itself, once it is so long that it is plain text
        self.last = ""  # the last character that is closed in that
        self.begun = False
        self.calm = False

    def extend(self, text: str) -> None:
        if not self.begun:
            text, self.begun = text.removeprefix("|"), True
        start = len(self.raw)
        self.raw += text
        closed = 0
        for pipe in PIPE.finditer(self.raw, start):
            self._end_cell(self.raw[closed : pipe.start()])
            closed = pipe.end()
        self.raw = self.raw[closed:].lstrip(" \t") if self.plain is None else self.raw[closed:]
        if self.column >= len(self.aligns):
            self.raw = self.raw[-1:]  # the row has no more cells; a backslash still belongs to a pipe
        elif self.plain is not None or len(self.raw) > LONGEST_CELL:
            self._grow()

    def draw(self) -> Element:
        kids: list[Node] = []
        self.calm = False
        if self.plain is not None:
            kids, self.calm = [self.plain.view([])], True
        elif self.raw and self.column < len(self.aligns):
            parsed = parse(cell_text(self.raw), self.ink.known, unfinished=True)
            kids, self.calm = [self._cell(parsed.nodes, live=True)], parsed.calm
        return self.element.view(kids)

    def tail(self) -> str:
        """The end of the text of the open cell."""
        return self.last + self.raw

    def close(self) -> Element:
        """The finished row."""
        self._end_cell(self.raw)
        while self.column < len(self.aligns):
            self._end_cell("")
        return self.element.view([])

    def _cell(self, nodes: list[Node], live: bool = False) -> Element:
        align = self.aligns[self.column]
        return Element("td", nodes, f' align="{align}"' if align else "", guarded=True, live=live)

    def _end_cell(self, raw: str) -> None:
        if self.column >= len(self.aligns):
            return
        if self.plain is None and len(raw.lstrip(" \t")) > LONGEST_CELL:
            self.plain, raw = self._cell([]), raw.lstrip(" \t")
        if self.plain is None:
            parsed = parse(cell_text(raw), self.ink.known)
            self.ink.missing.update(key for key in parsed.missing if key not in self.ink.known)
            cell = self._cell(parsed.nodes)
        else:
            cell = self.plain.view([_shown(raw.rstrip(" \t"))])
        self.ink.close(self.element.base, [cell])
        self.column += 1
        self.plain, self.last = None, ""

    def _grow(self) -> None:
        """Close the text of the plain cell, but for what may stand at its end or belong to a pipe."""
        if self.plain is None:
            self.plain = self._cell([])
        text = self.raw.rstrip(" \t").removesuffix("\\")
        if text:
            self.plain.base.append(_shown(text))
            self.raw, self.last = self.raw[len(text) :], text[-1]


def _shown(text: str) -> str:
    return escape(text.replace("\\|", "|"))
