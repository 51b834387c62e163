"""What the scanner tells, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat.partial_json.canvas import Canvas
from chat.partial_json.containers import Fields, Items
from chat.partial_json.faults import Fault
from chat.partial_json.labels import Label
from chat.partial_json.tables import Row, Rows
from chat.partial_json.text import Newlines, escape
from chat.partial_json.values import Drawn, Host, Text

TABLES = 2  # a table in a table's cell is still read; in deeper ones objects are listed

Frame = Fields | Items | Rows | Row


class Drawing:
    """The sink of a scanner, on a canvas of its own."""

    def __init__(self, schema: Mapping[str, Any] | None) -> None:
        self.canvas = Canvas()
        self._label = Label(schema)
        self._frames: list[Frame] = []
        self._host: Host | None = None  # of the text or number that is open
        self._text: Text | None = None
        self._rest: Newlines | None = None

    def open(self, bracket: str) -> None:
        top = self._frames[-1] if self._frames else None
        if bracket == "{" and isinstance(top, Items) and top.empty and self._tables < TABLES:
            top = self._frames[-1] = Rows(self.canvas, top.host, top.label)
        if bracket == "{" and isinstance(top, Rows):
            self._frames.append(top.row())
            return
        host, label = self._next()
        kind = Fields if bracket == "{" else Items
        self._frames.append(kind(self.canvas, host, label))

    def close(self) -> None:
        frame = self._frames.pop()
        frame.close()
        if isinstance(frame, Row):
            rows = self._frames[-1]
            assert isinstance(rows, Rows)
            rows.took_row(frame)
        else:
            self._took(frame.host)

    def key(self, text: str) -> None:
        frame = self._frames[-1]
        assert isinstance(frame, Fields | Row)
        frame.key(text)

    def begin_text(self) -> None:
        self._host, _ = self._next()
        self._host.begin("s")
        self._text = Text(self.canvas, self._host)

    def text(self, piece: str) -> None:
        assert self._text
        self._text.more(piece)

    def end_text(self) -> None:
        assert self._text
        assert self._host
        self._text.end()
        self._took(self._host)

    def number(self, piece: str) -> None:
        if self._host is None:
            self._host, _ = self._next()
            self._host.begin("n")
        self.canvas.text(piece)

    def end_number(self) -> None:
        assert self._host
        self._host.settle()
        self._took(self._host)

    def word(self, word: str) -> None:
        host, _ = self._next()
        self.canvas.text(word)
        host.settle("z" if word == "null" else "b")
        self._took(host)

    def fault(self, fault: Fault) -> None:
        """What has been drawn stays as it is, and what follows is shown as the text it is."""
        self.canvas.close_all()
        words = "From here on it is too much to be drawn:" if fault.limit else "From here on it is not JSON:"
        self.canvas.text(f'<p class="broken">{words}</p>')
        self.canvas.push("div", 'class="rest"')
        self._rest = Newlines()

    def rest(self, text: str) -> None:
        assert self._rest
        html = escape(self._rest.fit(text))
        if html:
            self.canvas.text(html)

    def end(self, complete: bool) -> None:
        """Nothing more comes. `complete`: all of the document has."""
        self.canvas.close_all()
        if complete:
            self.canvas.text('<p class="visually-hidden">End of the document.</p>')
        elif not self._rest:
            self.canvas.text('<p class="broken">It breaks off here.</p>')

    @property
    def _tables(self) -> int:
        return sum(isinstance(frame, Rows) for frame in self._frames)

    def _next(self) -> tuple[Host, Label]:
        """Where the next value stands."""
        if self._frames:
            return self._frames[-1].next()
        return Host(self.canvas, "div", base="json"), self._label

    def _took(self, host: Host) -> None:
        drawn: Drawn = host.close(self.canvas)
        self._host = self._text = None
        if self._frames:
            self._frames[-1].took(drawn)
