"""The contract of a runner. One suite of tests runs against every implementation."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from uuid import UUID

log = logging.getLogger("chat.runner")

Run = Callable[[UUID, asyncio.Event], Awaitable[None]]
Tell = Callable[[list[UUID]], Awaitable[None]]

CAPACITY = (
    600  # turns; a process of one core that answers more keeps its open streams smooth and starves new ones
)


class Runner(ABC):
    """Has turns answered: `run` answers one; its second argument is set when somebody asks for a stop.

    - At most `capacity` turns are begun in this process at once. What ends a turn is begun whatever runs.
    - `bind` names the event loop whose tasks answer. Until then, after `drain` and after `shut_down` nothing is begun
      here, and a sweep finds what is left.
    - `elsewhere` is told of a stop for a turn that is not here, and of an end where no loop is bound.

    `enqueue`, `start`, `finish` and `stop` may be called from any thread, the others in the bound loop.
    """

    def __init__(
        self, elsewhere: Callable[[UUID], None] = lambda turn_id: None, *, capacity: int = CAPACITY
    ) -> None:
        self._elsewhere = elsewhere
        self._capacity = capacity
        self._run: Run | None = None
        self._tell: Tell | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._taking = True
        self._tasks: dict[UUID, tuple[asyncio.Task[None], asyncio.Event]] = {}

    def register(self, run: Run, tell: Tell | None = None) -> None:
        """`tell` is given the turns that wait for room, in their order."""
        self._run, self._tell = run, tell

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    @abstractmethod
    def enqueue(self, turn_id: UUID, on_commit: Callable[[Callable[[], None]], None]) -> None:
        """Have it answered once the caller's transaction has been committed, and not if it is rolled back."""

    def start(self, turn_id: UUID) -> None:
        """Do here what the turn needs next."""
        self._call(self._spawn, turn_id)

    async def tell(self, line: list[UUID]) -> None:
        """Tell the turns in line where they stand."""
        if self._tell is not None:
            await self._tell(line)

    def finish(self, turn_id: UUID) -> None:
        """The turn has ended: have it said, here or `elsewhere`."""
        if self._loop is None:
            self._elsewhere(turn_id)
        else:
            self._call(self._end, turn_id)

    def stop(self, turn_id: UUID) -> None:
        """Tell the task at once, here or `elsewhere`; the database, which it asks every few seconds, is the net below."""
        if self._loop is None:
            self._elsewhere(turn_id)
        else:
            self._call(self._signal, turn_id)

    @abstractmethod
    def stop_here(self, turn_id: UUID) -> None:
        """Another process says that it is to stop: tell the task if it is in this one."""

    @property
    def running(self) -> int:
        return len(self._tasks)

    async def drain(self, seconds: float) -> None:
        """Begin nothing more; return when nothing runs here any longer, or when the time is over."""
        self._taking = False
        self._drop()
        if tasks := [task for task, _ in self._tasks.values()]:
            await asyncio.wait(tasks, timeout=seconds)

    async def shut_down(self) -> None:
        """Cancel every task and wait until each has handed its turn back."""
        self._loop = None
        self._drop()
        tasks = [task for task, _ in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @abstractmethod
    def _spawn(self, turn_id: UUID) -> None:
        """Begin it, if there is room."""

    @abstractmethod
    def _drop(self) -> None:
        """Forget what waits for room."""

    @abstractmethod
    def _ended(self, turn_id: UUID) -> None:
        """A task has ended; there may be room."""

    def _call(self, function: Callable[[UUID], None], turn_id: UUID) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(function, turn_id)

    def _signal(self, turn_id: UUID) -> None:
        if turn_id in self._tasks:
            self._tasks[turn_id][1].set()
        else:
            self._elsewhere(turn_id)

    def _end(self, turn_id: UUID) -> None:
        if turn_id not in self._tasks:
            self._begin(turn_id)

    def _begin(self, turn_id: UUID) -> None:
        if self._loop is None or self._run is None:
            return
        stop = asyncio.Event()
        # A fresh context: the request's would keep its thread and its database connection alive.
        task = self._loop.create_task(
            self._guarded(self._run, turn_id, stop), name=f"turn {turn_id}", context=contextvars.Context()
        )
        self._tasks[turn_id] = (task, stop)
        task.add_done_callback(lambda _: self._gone(turn_id))

    def _gone(self, turn_id: UUID) -> None:
        del self._tasks[turn_id]
        self._ended(turn_id)

    async def _guarded(self, run: Run, turn_id: UUID, stop: asyncio.Event) -> None:
        try:
            await run(turn_id, stop)
        except asyncio.CancelledError:
            raise
        except Exception:
            # The lease runs out and the sweep takes the turn up again.
            log.exception("turn %s: generation crashed", turn_id)
