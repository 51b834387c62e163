"""Events as they are kept in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import overload

from ..events import Cursor, Event, Kind


class Events:
    """A list of events that follow each other. A text is kept as the bare string: 80 bytes an event instead of 400,
    and an answer of 400 tokens has 200 of them, for minutes after its end. Reasoning, which may be longer, likewise.
    """

    __slots__ = ("_items", "_start")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._items: list[str | Event] = []
        self._start = Cursor(0, 0)  # of the first one
        self += events

    def append(self, event: Event) -> None:
        if not self._items:
            self._start = event.cursor
        if event.kind == Kind.TEXT:
            self._items.append(event.data["text"])
        else:
            self._items.append(_Thought(event.data["text"]) if event.kind == Kind.REASONING else event)

    def __iadd__(self, events: Iterable[Event]) -> Events:
        for event in events:
            self.append(event)
        return self

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> Event: ...
    @overload
    def __getitem__(self, place: slice) -> list[Event]: ...
    def __getitem__(self, place: int | slice) -> Event | list[Event]:
        if isinstance(place, slice):
            return [self._at(index) for index in range(*place.indices(len(self._items)))]
        return self._at(place if place >= 0 else len(self._items) + place)

    def _at(self, index: int) -> Event:
        item = self._items[index]
        if isinstance(item, Event):
            return item
        kind, text = (Kind.REASONING, str(item)) if isinstance(item, _Thought) else (Kind.TEXT, item)
        return Event(Cursor(self._start.epoch, self._start.seq + index), kind, {"text": text})


class _Thought(str):
    __slots__ = ()
