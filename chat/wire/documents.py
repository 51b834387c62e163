"""What of an answer is JSON: an answer with a shape, and the arguments of each call of a tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ..events import Event, length
from ..partial_json import Document
from .panes import CALLS, Pane, partial, partials


class Written(Pane):
    """A document that grows. It is to fit `schema`, where there is one, which names and orders its parts."""

    def __init__(self, target: str, schema: Mapping[str, Any] | None) -> None:
        super().__init__(target)
        self._document = Document(schema)

    def feed(self, events: Sequence[Event]) -> list[str]:
        text = "".join([event.data["text"] for event in events])
        self.characters += len(text)
        return partials(self.target, self._document.feed(text))

    def snapshot(self) -> str:
        return partial(self.target, self._document.html)


class Calls(Pane):
    """Calls of tools: each its name and, below, its arguments. In the order they began in."""

    def __init__(self) -> None:
        super().__init__(CALLS)
        self._calls: dict[int, _Call] = {}

    def feed(self, events: Sequence[Event]) -> list[str]:
        # A page finds the targets of one message before it changes any of them: each call is drawn once.
        more: dict[int, str] = {}
        begun: list[_Call] = []
        for event in events:
            data = event.data
            self.characters += length(data)
            index = data["index"]
            if index not in self._calls:
                self._calls[index] = _Call(len(self._calls) + 1, data["name"], Document())
                begun.append(self._calls[index])
            more[index] = more.get(index, "") + data["text"]
        found: list[str] = []
        for index, text in more.items():
            call = self._calls[index]
            patches = call.arguments.feed(text)
            if call not in begun:
                place = f"{self.target}>:nth-child({call.place})>.arguments"
                found += partials(place, patches)
        if begun:
            found.append(partial(self.target, "".join([call.html() for call in begun]), "beforeend"))
        return found

    def snapshot(self) -> str:
        return partial(self.target, "".join([call.html() for call in self._calls.values()]))


@dataclass(eq=False, slots=True)
class _Call:
    place: int
    name: str
    arguments: Document

    def html(self) -> str:
        return f'<section class="call">{called(self.name)}<div class="arguments">{self.arguments.html}</div></section>'


def called(name: str) -> str:
    """The heading of a call: of which tool."""
    return f"<h3>Tool <code>{escape(name, quote=False)}</code></h3>"
