"""The stream log of a single process. Nothing here outlives it: the database's state is what a restart finds."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ..events import Cursor, Event, Kind
from .base import Batch, Fenced, Gone, Reader, Signal, StreamLog, no_signal
from .bell import Bell
from .record import Record


@dataclass(slots=True)
class _Log(Record):
    attempt: int = 0
    # By identity: a reader registers again for each epoch it reads.
    readers: dict[UUID, Reader] = field(default_factory=dict)
    written: bool = False  # here, so that it is known who has read it
    touched: float = field(default_factory=time.monotonic)


class MemoryLog(StreamLog):
    """`keep` is how long, in seconds, a log stays after its last event."""

    def __init__(self, *, keep: float = 300, on_signal: Signal = no_signal) -> None:
        self._keep = keep
        self.on_signal = on_signal
        self._logs: dict[UUID, _Log] = {}
        self._waiting: dict[UUID, Bell] = {}

    async def open(self, turn: UUID, attempt: int, epoch: int) -> bool:
        log = self._logs.setdefault(turn, _Log())
        if attempt < log.attempt:
            raise Fenced(f"attempt {attempt} of turn {turn} was taken over by attempt {log.attempt}")
        log.attempt = attempt
        if epoch > log.epoch:
            log.begin(epoch)
            log.written = False
        self._touch(turn, log)
        return bool(log.events)

    async def append(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any]) -> Cursor:
        log = self._of(turn, attempt)
        if log.ended:
            raise Fenced(f"turn {turn} has ended")
        cursor = Cursor(log.epoch, log.first + len(log.events))
        log.events.append(Event(cursor, kind, data))
        log.written = log.written or kind != Kind.MODERATING
        self._touch(turn, log)
        return cursor

    async def end(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any], *, purge: bool) -> None:
        log = self._of(turn, attempt)
        if not log.ended:
            log.events.append(Event(Cursor(log.epoch, log.top.seq + 1), kind, data))
        if purge:
            log.purge()
        self._touch(turn, log)

    async def read(self, turn: UUID, after: Cursor | None) -> Batch | None:
        log = self._logs.get(turn)
        return log.after(after) if log is not None else None

    async def wait(self, turn: UUID, after: Cursor | None, seconds: float) -> None:
        log = self._logs.get(turn)
        if log is not None and log.news(after):
            return
        bell = log.bell if log is not None else self._waiting.setdefault(turn, Bell())
        await bell.heard(seconds)

    def wake(self, turn: UUID | None = None) -> None:
        for found, log in list(self._logs.items()):
            if turn in (None, found):
                log.bell.ring()
        for found in list(self._waiting):
            if turn in (None, found):
                self._waiting.pop(found).ring()

    async def register(self, turn: UUID, reader: Reader, batch: Batch) -> None:
        log = self._logs.get(turn)
        if log is None or (log.epoch, log.first) != (batch.top.epoch, batch.first):
            raise Gone(f"the log of turn {turn} has changed")
        log.readers[reader.id] = reader

    def leave(self, turn: UUID, reader: Reader) -> None:
        """The registry holds the reader itself, which says how much it was sent."""

    async def readers(self, turn: UUID) -> list[Reader] | None:
        log = self._logs.get(turn)
        # One that was only opened, to judge or to end what another process wrote, knows nothing of that one's readers.
        return list(log.readers.values()) if log is not None and log.written else None

    async def unended(self) -> list[UUID]:
        return [turn for turn, log in self._logs.items() if not log.ended]

    def expire(self) -> None:
        limit = time.monotonic() - self._keep
        for turn, log in list(self._logs.items()):
            if log.touched < limit:
                del self._logs[turn]
        for turn in list(self._waiting):
            self._waiting.pop(turn).ring()

    def signal(self, name: str, value: str) -> None:
        """There is no other process."""

    async def start(self) -> None:
        """There is nobody to hear of."""

    async def close(self) -> None:
        """Nothing is queued."""

    def _of(self, turn: UUID, attempt: int) -> _Log:
        log = self._logs.get(turn)
        if log is None or attempt > log.attempt:
            raise Gone(f"attempt {attempt} of turn {turn} has no log")
        if attempt < log.attempt:
            raise Fenced(f"attempt {attempt} of turn {turn} was taken over by attempt {log.attempt}")
        return log

    def _touch(self, turn: UUID, log: _Log) -> None:
        log.touched = time.monotonic()
        log.bell.ring()
        if waiting := self._waiting.pop(turn, None):
            waiting.ring()
