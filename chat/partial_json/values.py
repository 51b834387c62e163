"""Where a value stands on the page, and how it begins and ends there."""

from __future__ import annotations

from dataclasses import dataclass

from chat.partial_json.canvas import Canvas, Open
from chat.partial_json.text import Newlines, escape

SEGMENT = 1000  # characters: of a long text only so much is drawn again when it ends
OPEN = "data-open"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A closed value: the class of what it is, and its markup."""

    kind: str
    html: str

    def within(self, tag: str, base: str = "", attributes: str = "") -> str:
        space = " " if attributes else ""
        return f'<{tag} class="{f"{base} {self.kind}".lstrip()}"{space}{attributes}>{self.html}</{tag}>'


class Host:
    """The element of one value. It carries `data-open` as long as the value is not final and nothing in it is open.

    The kinds: s text, n number, b true or false, z null, o object, a list, e empty. `base`: a class it always has.
    """

    __slots__ = ("_base", "_element", "_extra", "kind")

    def __init__(self, canvas: Canvas, tag: str, base: str = "", extra: str = "") -> None:
        self._base, self._extra = base, extra
        self.kind = ""
        self._element = canvas.push(tag, self._attributes(OPEN))

    def begin(self, kind: str) -> None:
        """It is known what the value is, but not that it is final."""
        self.kind = kind
        self._element.become(self._attributes(OPEN))

    def settle(self, kind: str = "") -> None:
        """The value is final, or what is open in it says so."""
        self.kind = kind or self.kind
        self._element.become(self._attributes())

    def close(self, canvas: Canvas) -> Drawn:
        return Drawn(self.kind, canvas.pop().content)

    def _attributes(self, state: str = "") -> str:
        classes = f"{self._base} {self.kind}".strip()
        return " ".join(filter(None, (f'class="{classes}"' if classes else "", self._extra, state)))


class Text:
    """A text that is being written. All but its last part is closed, so that a long one is not drawn twice at once."""

    __slots__ = ("_canvas", "_host", "_newlines", "_room", "_segment")

    def __init__(self, canvas: Canvas, host: Host) -> None:
        self._canvas, self._host = canvas, host
        self._newlines = Newlines()
        self._room = SEGMENT
        self._segment: Open | None = None

    def more(self, piece: str) -> None:
        piece = self._newlines.fit(piece)
        while len(piece) > self._room:
            self._canvas.text(escape(piece[: self._room]))
            piece, self._room = piece[self._room :], SEGMENT
            self._close_segment()
            self._segment = self._canvas.push("span", OPEN)
        if piece:
            self._room -= len(piece)
            self._canvas.text(escape(piece))

    def end(self) -> None:
        self._close_segment()

    def _close_segment(self) -> None:
        if self._segment is None:
            self._host.settle()
            return
        content = self._segment.content
        self._canvas.drop()
        self._canvas.text(content)
