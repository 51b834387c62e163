"""The contract of a stream log, kept on Redis."""

from __future__ import annotations

import asyncio
import contextvars
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ...events import BESIDE, DELTAS, Cursor, Event, Kind, length
from ..base import Batch, Fenced, Gone, Reader, Signal, StreamLog, no_signal
from .connection import Trouble, connect
from .entries import field_of, note_of, readers, value_of
from .following import Following
from .listening import Listening, signal_of
from .writing import ENDED, FENCED, GONE, Writing

_NONE = UUID(int=0)
_FLUSH = 2.0  # seconds that closing waits for what is queued
_AGAIN = 0.2  # seconds until a task that goes on is told once more to end


@dataclass(slots=True)
class _Pen:
    """What a writer of this process has written so far, acknowledged or on its way."""

    attempt: int
    epoch: int
    seq: int
    characters: int
    beside: int
    used: float = field(default_factory=time.monotonic)


class RedisLog(StreamLog):
    """Logs at a `redis://` address; each is kept for `keep` seconds after its last event.

    Three connections a process: one that writes, one that reads, one that is woken. Belongs to the event loop that
    first uses it. Redis Cluster is not supported: one script touches the logs of many turns.
    """

    def __init__(self, url: str, *, keep: float = 300, on_signal: Signal = no_signal) -> None:
        self.on_signal = on_signal
        self._url, self._keep = url, keep
        self._sender = secrets.token_bytes(8)
        self._pens: dict[UUID, _Pen] = {}
        self._here: dict[UUID, dict[UUID, Reader]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._troubles = (
            Trouble("Redis does not take writes"), Trouble("Redis cannot be read"), Trouble("Redis is not heard")
        )  # fmt: skip

    async def start(self) -> None:
        if self._loop is not None:
            return
        self._loop = asyncio.get_running_loop()
        writes, reads, hears = self._troubles
        self._clients = [connect(self._url) for _ in self._troubles]
        writer, looker, listener = self._clients
        self._writing = Writing(writer, self._sender, self._keep, writes)
        self._following = Following(looker, reads)
        listening = Listening(
            listener, self._sender, self._following.changed, self._heard_again, self._signalled, hears
        )
        for part in (self._writing, self._following, listening):
            # A fresh context: the request's would keep its thread and its database connection alive.
            task = self._loop.create_task(part.run(), context=contextvars.Context())
            self._tasks.append(task)

    async def close(self) -> None:
        if self._loop is None:
            return
        await self._writing.flush(_FLUSH)
        running = set(self._tasks)
        while running:
            for task in running:
                task.cancel()
            # The client may answer a cancellation with an error of the connection that it gave up for it, which the
            # task then takes for one of Redis: so it is said again.
            _, running = await asyncio.wait(running, timeout=_AGAIN)
        for client in self._clients:
            await client.aclose()
        self._loop, self._tasks = None, []

    async def open(self, turn: UUID, attempt: int, epoch: int) -> bool:
        answer = await self._write(turn, "open", attempt, epoch, 0, 0, "", b"")
        _, held, seq, characters, beside, whole = self._accepted(answer, turn, attempt)
        self._pens[turn] = _Pen(attempt, held, seq, int(characters), int(beside))
        return bool(whole and seq)

    async def append(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any]) -> Cursor:
        pen = self._pen(turn, attempt)
        if pen is None:
            raise Gone(f"attempt {attempt} of turn {turn} has no log")
        value = value_of(kind, data)
        pen.seq, pen.used = pen.seq + 1, time.monotonic()
        size = length(data) if kind in DELTAS else 0
        if kind in BESIDE:
            pen.beside += size
        else:
            pen.characters += size
        first = size == (pen.beside if kind in BESIDE else pen.characters)
        cursor = Cursor(pen.epoch, pen.seq)
        answer = await self._write(
            turn, "append", attempt, pen.epoch, pen.seq, pen.characters, kind, value, pen.beside,
            event=Event(cursor, kind, data), urgent=first or kind not in DELTAS,
        )  # fmt: skip
        self._accepted(answer, turn, attempt)
        return cursor

    async def end(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any], *, purge: bool) -> None:
        pen = self._pen(turn, attempt)
        epoch = pen.epoch if pen is not None else 0
        answer = await self._write(turn, "finish", attempt, epoch, purge, 0, kind, value_of(kind, data))
        self._accepted(answer, turn, attempt)

    async def read(self, turn: UUID, after: Cursor | None) -> Batch | None:
        await self.start()
        # What is there already is not worth waiting for more.
        mirror = self._following.of(turn)
        if after is not None and after > mirror.top:
            # Another process has shown the reader more than is known here yet, or there never was such a text.
            self._following.again(mirror)
        if mirror.stale:
            mirror = await self._following.current(turn)
        return mirror.after(after)

    async def wait(self, turn: UUID, after: Cursor | None, seconds: float) -> None:
        await self.start()
        mirror = self._following.of(turn)
        if mirror.news(after):
            return
        mirror.waiting += 1
        try:
            await mirror.bell.heard(seconds)
        finally:
            mirror.waiting -= 1

    def wake(self, turn: UUID | None = None) -> None:
        if self._loop is not None:
            self._following.wake(turn)

    async def register(self, turn: UUID, reader: Reader, batch: Batch) -> None:
        values = (0, batch.top.epoch, batch.first, 0, field_of(reader), note_of(reader, here=True))
        answer = await self._write(turn, "register", *values)
        if answer[0] == GONE:
            self._following.written(turn)  # look again before anything is read
            raise Gone(f"the log of turn {turn} has changed")
        self._here.setdefault(turn, {})[reader.id] = reader

    def leave(self, turn: UUID, reader: Reader) -> None:
        here = self._here.get(turn, {})
        if here.pop(reader.id, None) is None or self._loop is None:
            return
        if not here:
            del self._here[turn]
        self._note(turn, reader, here=False)

    def _note(self, turn: UUID, reader: Reader, *, here: bool) -> None:
        values = (0, 0, 0, 0, field_of(reader), note_of(reader, here=here))
        self._writing.put(turn, "note", *values, done=_nothing, urgent=False)

    def _heard_again(self) -> None:
        """Between two connections wake-ups may have been lost, and a Redis that is another one or has gone back in
        time may have forgotten who reads.
        """
        self._following.all_changed()
        for turn, here in self._here.items():
            for reader in here.values():
                self._note(turn, reader, here=True)

    async def readers(self, turn: UUID) -> list[Reader] | None:
        answer = await self._write(turn, "who", 0, 0, 0, 0, "", b"", quiet=True)
        return readers(answer[1] or [], self._here.get(turn, {}))

    async def unended(self) -> list[UUID]:
        answer = await self._write(_NONE, "unended", 0, 0, 0, 0, "", b"", quiet=True)
        return [UUID(name.decode()) for name in answer[1]]

    def expire(self) -> None:
        """Redis itself drops logs; here what this process knows of them."""
        if self._loop is None:
            return
        self._following.forget()
        limit = time.monotonic() - self._keep
        for turn, pen in list(self._pens.items()):
            if pen.used < limit:
                del self._pens[turn]

    def signal(self, name: str, value: str) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(
                lambda: self._writing.signal(signal_of(self._sender, name, value))
            )

    def _signalled(self, name: str, value: str) -> None:
        self.on_signal(name, value)

    def trouble(self) -> tuple[float, str]:
        worst = max(self._troubles, key=lambda trouble: trouble.seconds)
        return (worst.seconds, worst.reason) if worst.seconds else (0.0, "")

    def _pen(self, turn: UUID, attempt: int) -> _Pen | None:
        """What this process last wrote with; a newer attempt's here needs no Redis to shut an older one out."""
        pen = self._pens.get(turn)
        if pen is not None and pen.attempt > attempt:
            raise Fenced(f"attempt {attempt} of turn {turn} was taken over by attempt {pen.attempt}")
        return pen if pen is not None and pen.attempt == attempt else None

    async def _write(
        self, turn: UUID, what: str, *values: Any,
        event: Event | None = None, urgent: bool = True, quiet: bool = False,
    ) -> list[Any]:  # fmt: skip
        await self.start()

        def done(answer: list[Any]) -> None:
            if answer[0] == 0:
                self._following.written(turn, event)

        effect: Callable[[list[Any]], None] = _nothing if quiet else done
        return await self._writing.put(turn, what, *values, done=effect, urgent=urgent)

    def _accepted(self, answer: list[Any], turn: UUID, attempt: int) -> list[Any]:
        if answer[0] == GONE:
            self._pens.pop(turn, None)
            raise Gone(f"the log of turn {turn} is not there, or lacks what it had acknowledged")
        if answer[0] == FENCED:
            raise Fenced(f"attempt {attempt} of turn {turn} was taken over by attempt {answer[1]}")
        if answer[0] == ENDED:
            raise Fenced(f"turn {turn} has ended")
        return answer


def _nothing(answer: list[Any]) -> None:
    """For writes that change no log."""
