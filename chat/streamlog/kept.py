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
        if event.kind is Kind.TEXT:
            self._items.append(event.data["text"])
        else:
            self._items.append(_Thought(event.data["text"]) if event.kind is Kind.REASONING else event)

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
            first, end, step = place.indices(len(self._items))
            if end - first == step == 1:  # what a reader asks for at a tick
                return [self._at(first)]
            return [self._at(index) for index in range(first, end, step)]
        return self._at(place if place >= 0 else len(self._items) + place)

    @property
    def last_kind(self) -> Kind | None:
        """Of the last event; None where there is none."""
        if not self._items:
            return None
        return self._kind_of(self._items[-1])

    def _at(self, index: int) -> Event:
        item = self._items[index]
        if isinstance(item, Event):
            return item
        epoch, first = self._start
        kind = self._kind_of(item)
        return Event(Cursor(epoch, first + index), kind, {"text": item if kind is Kind.TEXT else str(item)})

    @staticmethod
    def _kind_of(item: str | Event) -> Kind:
        if type(item) is str:
            return Kind.TEXT
        return Kind.REASONING if isinstance(item, _Thought) else item.kind  # type: ignore[union-attr]


class _Thought(str):
    __slots__ = ()
