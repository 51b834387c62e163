"""Several processes' logs on one Redis, in one test: a log object is all that a process has of another's turn."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chat.events import TERMINAL, Cursor, Event, Kind
from chat.streamlog import Gone, LogError, Reader, StreamLog, Unreachable
from chat.streamlog.redis_log import RedisLog

from .redis_server import RedisServer

Scenario = Callable[..., Coroutine[Any, Any, None]]


def play(redis: RedisServer, scenario: Scenario, count: int = 2, **options: Any) -> None:
    """Run a scenario with `count` logs, each as another process would have it."""

    async def main() -> None:
        logs = [RedisLog(redis.url, **options) for _ in range(count)]
        try:
            await asyncio.wait_for(scenario(*logs), 60)
        finally:
            for log in logs:
                await log.close()

    asyncio.run(main())


async def until(holds: Callable[[], Any], within: float = 20) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(within):
        while not holds():
            await asyncio.sleep(0.005)


@dataclass
class Following:
    """A door as views/follow.py has it, but for the page: what its reader was given, and every step it saw."""

    log: StreamLog
    turn: UUID
    reader: Reader = field(default_factory=lambda: Reader(7, "sse"))
    text: str = ""
    after: Cursor | None = None
    events: list[Event] = field(default_factory=list)
    snapshots: int = 0
    without: int = 0  # times there was nothing to be read
    unreachable: int = 0
    ended: bool = False

    async def run(self) -> None:
        registered = 0
        while not self.ended:
            try:
                batch = await self.log.read(self.turn, self.after)
                if batch is not None and registered != batch.top.epoch:
                    await self.log.register(self.turn, self.reader, batch)
                    registered = batch.top.epoch
            except Gone:
                continue
            except Unreachable:
                self.unreachable += 1
                batch = None
            if batch is None:
                self.without += 1
            elif batch.events or batch.fresh:
                if batch.fresh:
                    self.text, self.snapshots = "", self.snapshots + 1
                self.events += batch.events
                self.text += "".join(e.data["text"] for e in batch.events if e.kind == Kind.TEXT)
                self.after = batch.top
                self.reader.sent(batch.top.epoch, len(self.text))
                self.ended = bool(batch.events) and batch.events[-1].kind in TERMINAL
                continue
            await self.log.wait(self.turn, self.after, 0.2)
        self.log.leave(self.turn, self.reader)


@contextlib.asynccontextmanager
async def following(log: StreamLog, turn: UUID, **fields: Any) -> Any:
    """A reader that reads until the block ends."""
    door = Following(log, turn, **fields)
    task = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fails(call: Coroutine[Any, Any, Any]) -> type[LogError]:
    """The error a call ends in."""
    try:
        await call
    except LogError as error:
        return type(error)
    raise AssertionError("the call was accepted")
