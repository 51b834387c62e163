"""The stream log of a single process. Nothing here outlives it: the database's state is what a restart finds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ..events import TERMINAL, Cursor, Event, Kind
from .base import Batch, Fenced, Reader, StreamLog


@dataclass(slots=True)
class _Log:
    attempt: int = 0
    epoch: int = 0
    events: list[Event] = field(default_factory=list)
    first: int = 1  # the seq of events[0]; above 1 only after a purge
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    readers: list[Reader] = field(default_factory=list)
    whole: bool = False  # this process has had the present text from its start, and so knows who read it
    touched: float = field(default_factory=time.monotonic)

    @property
    def top(self) -> Cursor:
        return Cursor(self.epoch, self.first - 1 + len(self.events))

    @property
    def ended(self) -> bool:
        return bool(self.events) and self.events[-1].kind in TERMINAL

    def wake(self) -> None:
        # A new event each time: setting one costs less than notifying a condition, and no wake-up is lost,
        # because a waiter holds the old event.
        self.changed, old = asyncio.Event(), self.changed
        old.set()


class MemoryLog(StreamLog):
    """`keep` is how long, in seconds, a log stays after its last event."""

    def __init__(self, *, keep: float = 300) -> None:
        self._keep = keep
        self._logs: dict[UUID, _Log] = {}
        self._waiting: dict[UUID, asyncio.Event] = {}

    async def open(self, turn: UUID, attempt: int, epoch: int) -> None:
        log = self._logs.setdefault(turn, _Log())
        if attempt < log.attempt:
            raise Fenced(f"attempt {attempt} of turn {turn} was taken over by attempt {log.attempt}")
        log.attempt = attempt
        if epoch > log.epoch:
            log.epoch, log.events, log.first = epoch, [], 1
            log.whole = attempt == epoch
        self._touch(turn, log)

    async def append(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any]) -> Cursor:
        log = self._of(turn, attempt)
        if log.ended:
            raise Fenced(f"turn {turn} has ended")
        cursor = Cursor(log.epoch, log.top.seq + 1)
        log.events.append(Event(cursor, kind, data))
        self._touch(turn, log)
        return cursor

    async def end(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any], *, purge: bool) -> None:
        log = self._of(turn, attempt)
        if not log.ended:
            log.events.append(Event(Cursor(log.epoch, log.top.seq + 1), kind, data))
        if purge:
            log.first = log.top.seq
            log.events = log.events[-1:]
        self._touch(turn, log)

    async def read(self, turn: UUID, after: Cursor | None) -> Batch | None:
        log = self._logs.get(turn)
        if log is None or not log.events:
            return None
        known = after is not None and after.epoch == log.epoch and log.first - 1 <= after.seq <= log.top.seq
        had = after.seq - log.first + 1 if after is not None and known else 0
        before = "".join(e.data["text"] for e in log.events[:had] if e.kind == Kind.TEXT) if had else ""
        return Batch(log.top, before, log.events[had:], not known)

    async def wait(self, turn: UUID, after: Cursor | None, seconds: float) -> None:
        log = self._logs.get(turn)
        if log is not None and log.events and (after is None or after != log.top):
            return
        changed = log.changed if log is not None else self._waiting.setdefault(turn, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            pass

    def wake(self, turn: UUID | None = None) -> None:
        for found, log in list(self._logs.items()):
            if turn in (None, found):
                log.wake()
        for found in list(self._waiting):
            if turn in (None, found):
                self._waiting.pop(found).set()

    def register(self, turn: UUID, reader: Reader) -> None:
        if log := self._logs.get(turn):
            log.readers.append(reader)

    def readers(self, turn: UUID) -> list[Reader] | None:
        log = self._logs.get(turn)
        return list(log.readers) if log is not None and log.whole else None

    def expire(self) -> None:
        limit = time.monotonic() - self._keep
        for turn, log in list(self._logs.items()):
            if log.touched < limit:
                del self._logs[turn]
        for turn in list(self._waiting):
            self._waiting.pop(turn).set()

    def _of(self, turn: UUID, attempt: int) -> _Log:
        log = self._logs.get(turn)
        if log is None or attempt != log.attempt:
            raise Fenced(f"attempt {attempt} of turn {turn} does not hold its log")
        return log

    def _touch(self, turn: UUID, log: _Log) -> None:
        log.touched = time.monotonic()
        log.wake()
        if waiting := self._waiting.pop(turn, None):
            waiting.set()
