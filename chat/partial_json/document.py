"""A JSON document while it is written: text in, changes to the page out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chat.partial_json.drawing import Drawing
from chat.partial_json.scanner import Scanner
from chat.patches import Patch

State = Literal["growing", "complete", "incomplete", "malformed"]


class Document:
    """Draws one document. What is drawn is a function of the text so far, not of how it was cut.

    Exactly one element of an unfinished drawing carries `data-open`: the value that is being written, or the place of
    the next one. A value that is not in it and does not hold it is final. `schema` gives labels, tooltips and columns;
    whether the document fits it is `problem`'s to say. Every element has a value's class (`values.Host`); notices
    are `.broken`, and text that is no JSON any more `.rest`.
    """

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        self._drawing = Drawing(schema)
        self._scanner = Scanner(self._drawing)
        self._finished = False
        self._whole = False

    def feed(self, text: str) -> list[Patch]:
        """Patches for `text` more; ValueError after `finish`."""
        if self._finished:
            raise ValueError("the document has been finished")
        self._scanner.feed(text)
        return self._drawing.canvas.patches()

    def finish(self) -> list[Patch]:
        """Patches for the end of the text; the page then shows what `render` gives."""
        if self._finished:
            return []
        self._finished = True
        self._whole = self._scanner.finish()
        self._drawing.end(self._whole)
        return self._drawing.canvas.patches()

    @property
    def html(self) -> str:
        """The whole markup that the page should hold now, inside of its container."""
        return self._drawing.canvas.html

    @property
    def state(self) -> State:
        """Malformed as soon as no continuation can make it valid; complete only after `finish`."""
        if self._scanner.fault:
            return "malformed"
        if not self._finished:
            return "growing"
        return "complete" if self._whole else "incomplete"


def render(text: str, schema: Mapping[str, Any] | None = None, *, ended: bool = True) -> str:
    """The markup of a document; with `ended` false, of one that goes on."""
    document = Document(schema)
    document.feed(text)
    if ended:
        document.finish()
    return document.html
