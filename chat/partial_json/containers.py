"""Objects as rows of label and value, lists as lists."""

from __future__ import annotations

from chat.partial_json.canvas import Canvas
from chat.partial_json.labels import Label
from chat.partial_json.text import attribute, whole
from chat.partial_json.values import OPEN, Drawn, Host


class Fields:
    """An object: a row of label and value for each field."""

    def __init__(self, canvas: Canvas, host: Host, label: Label) -> None:
        self.host = host
        self._canvas, self._label = canvas, label
        self._names: set[str] = set()
        self._name = ""

    def key(self, name: str) -> None:
        if not self._names:
            self.host.settle("o")
            self._canvas.push("dl")
        else:
            self._canvas.drop()
        self._canvas.push("div")
        self._canvas.text(caption(self._label, name, name in self._names))
        self._names.add(name)
        self._name = name
        self._next = Host(self._canvas, "dd")

    def next(self) -> tuple[Host, Label]:
        """Where the value of the last key stands, and what is known of it."""
        return self._next, self._label.field(self._name)

    def took(self, drawn: Drawn) -> None:
        self._canvas.pop()
        self._canvas.push("div", OPEN)

    def close(self) -> None:
        if not self._names:
            self._canvas.text(NO_FIELDS)
            self.host.settle("e")
            return
        self._canvas.drop()
        self._canvas.pop()


class Items:
    """A list of anything; a list of objects becomes `Rows` when its first item begins."""

    def __init__(self, canvas: Canvas, host: Host, label: Label) -> None:
        self.host, self.label = host, label
        self._canvas = canvas
        self._next: Host | None = None

    @property
    def empty(self) -> bool:
        return self._next is None

    def next(self) -> tuple[Host, Label]:
        if self._next is None:
            self.host.settle("a")
            self._canvas.push("ul")
            self._next = Host(self._canvas, "li")
        return self._next, self.label.item()

    def took(self, drawn: Drawn) -> None:
        self._next = Host(self._canvas, "li")

    def close(self) -> None:
        if self._next is None:
            self._canvas.text(NO_ITEMS)
            self.host.settle("e")
            return
        self._canvas.drop()
        self._canvas.pop()


NO_FIELDS = "no fields"
NO_ITEMS = "empty list"


def field(label: Label, name: str, drawn: Drawn, again: bool) -> str:
    """A whole row of label and value."""
    return f"<div>{caption(label, name, again)}{drawn.within('dd')}</div>"


def caption(label: Label, name: str, again: bool) -> str:
    """The label of a field; `again`: the object has one of this name already."""
    note = " <em>(again: this one counts)</em>" if again else ""
    return f"<dt{_tooltip(label.field(name))}>{_called(label, name)}{note}</dt>"


def heading(label: Label, name: str) -> str:
    """The head of a column; one of numbers stands over them, at the right."""
    kind = ' class="n"' if label.field(name).number else ""
    return f'<th scope="col"{kind}{_tooltip(label.field(name))}>{_called(label, name)}</th>'


def _called(label: Label, name: str) -> str:
    return whole(label.field(name).title or name) or "<i>no name</i>"


def _tooltip(label: Label) -> str:
    return f' title="{attribute(label.description)}"' if label.description else ""
