"""What this process writes: everything that queues while one script runs goes into the next."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from ... import metrics
from ..base import Unreachable
from .connection import Trouble, answered, channels, hang_up, packed, script

log = logging.getLogger("chat.streamlog")

PACE = 0.01  # seconds between two scripts, unless something in the queue is urgent
MOST = 500  # writes of one script; Redis does nothing else meanwhile
PATIENCE = 5.0  # seconds a write is tried again, well within a turn's lease
_BRIEF = 1.0  # the same while nothing has worked for longer than that


@dataclass(slots=True, eq=False)
class Write:
    """One write as write.lua takes it, and what is to be done with its answer. Answers are lists; the first
    element is one of the codes below.
    """

    values: tuple[Any, ...]  # what, turn, attempt, epoch and four more
    done: Callable[[list[Any]], None]
    answer: asyncio.Future[list[Any]]
    until: float  # on the loop's clock


OK, FENCED, GONE, ENDED = range(4)


@dataclass(slots=True)
class _Signal:
    payload: bytes
    until: float = field(default=0.0)


class Writing:
    """A write that fails is tried again, in its place in the queue, until its time is over: each is made so that
    doing it twice is doing it once.
    """

    def __init__(self, client: Redis, sender: bytes, keep: float, trouble: Trouble) -> None:
        self._script = client.register_script(script("write"))
        self._client, self._sender, self._keep, self._trouble = client, sender, round(keep * 1000), trouble
        self._channels = channels(client)
        self._writes: list[Write] = []
        self._signals: list[_Signal] = []
        self._more, self._hurry, self._empty = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._empty.set()

    def put(
        self, turn: UUID, what: str, *values: Any, done: Callable[[list[Any]], None], urgent: bool = True
    ) -> asyncio.Future[list[Any]]:
        """Queue a write; its answer, or Unreachable. It is carried out even when nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        patience = PATIENCE if self._trouble.seconds < PATIENCE else _BRIEF
        write = Write((what, turn.hex, *values), done, loop.create_future(), loop.time() + patience)
        # A write that nobody waits for may fail unseen.
        write.answer.add_done_callback(lambda answer: answer.cancelled() or answer.exception())
        self._writes.append(write)
        self._wake(urgent)
        return write.answer

    def signal(self, payload: bytes) -> None:
        self._signals.append(_Signal(payload, asyncio.get_running_loop().time() + 2 * PATIENCE))
        self._wake(True)

    def _wake(self, urgent: bool) -> None:
        self._empty.clear()
        self._more.set()
        if urgent:
            self._hurry.set()

    async def run(self) -> None:
        loop, sent = asyncio.get_running_loop(), 0.0
        while True:
            await self._more.wait()
            await self._pace(sent + PACE - loop.time())
            sent = loop.time()
            try:
                await self._send(self._writes[:MOST], self._signals[:])
            except Exception as error:  # whatever it is, who waits for a write must hear of it in time
                await self._failed(error)
            else:
                metrics.log_write_seconds.observe(loop.time() - sent)

    async def flush(self, seconds: float) -> None:
        """Wait until everything queued is written, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            pass

    async def _pace(self, seconds: float) -> None:
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._hurry.wait()
            except TimeoutError:
                pass
        self._hurry.clear()

    async def _send(self, writes: list[Write], signals: list[_Signal]) -> None:
        arguments: list[Any] = [
            *self._channels, self._sender, self._keep, round(time.time() * 1000),
            packed([signal.payload for signal in signals]), packed([write.values for write in writes]),
        ]  # fmt: skip
        answers: list[list[Any]] = await answered(self._script(args=arguments))
        if lasted := self._trouble.ends():
            log.info("Redis takes writes again, after %.1f s", lasted)
        del self._writes[: len(writes)], self._signals[: len(signals)]
        if not self._writes and not self._signals:
            self._more.clear()
            self._empty.set()
        for write, answer in zip(writes, answers, strict=True):
            if not write.answer.done():
                write.answer.set_result(answer)
        for write, answer in zip(writes, answers, strict=True):
            write.done(answer)

    async def _failed(self, error: Exception) -> None:
        self._trouble.begins(error)
        now = asyncio.get_running_loop().time()
        for write in [write for write in self._writes if write.until < now]:
            self._writes.remove(write)
            if not write.answer.done():
                write.answer.set_exception(Unreachable(str(self._trouble)))
        self._signals = [signal for signal in self._signals if signal.until >= now]
        await hang_up(self._client)
        await asyncio.sleep(self._trouble.pause())
