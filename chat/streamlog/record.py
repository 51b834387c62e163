"""The events of one turn as a process holds them: the memory log's own, and what a process knows of a shared one."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..events import TERMINAL, Cursor
from .base import Batch
from .bell import Bell
from .kept import Events


@dataclass(slots=True)
class Record:
    epoch: int = 0
    events: Events = field(default_factory=Events)
    first: int = 1  # the seq of events[0]; above 1 only after a purge
    bell: Bell = field(default_factory=Bell)

    @property
    def top(self) -> Cursor:
        return Cursor(self.epoch, self.first - 1 + len(self.events))

    @property
    def ended(self) -> bool:
        return self.events.last_kind in TERMINAL

    def begin(self, epoch: int, first: int = 1) -> None:
        """Nothing is known of this epoch yet but where it starts."""
        self.epoch, self.events, self.first = epoch, Events(), first

    def purge(self) -> None:
        """Leave the last event alone."""
        self.first = self.top.seq
        # A new list: a batch that was handed out may still hold the old one.
        self.events = Events(self.events[-1:])

    def after(self, after: Cursor | None) -> Batch | None:
        events, before = self.events, self.first - 1
        if not events:
            return None
        top = Cursor(self.epoch, before + len(events))
        if after is None or after.epoch != top.epoch or not before <= after.seq <= top.seq:
            return Batch(top, events[:], True, first=self.first)
        had = after.seq - before
        return Batch(top, events[had:], False, events, had, self.first)

    def news(self, after: Cursor | None) -> bool:
        return bool(self.events) and (after is None or after != self.top)
