"""Answers turns as asyncio tasks of the web process."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from .. import metrics

log = logging.getLogger("chat.runner")

Run = Callable[[UUID, asyncio.Event], Awaitable[None]]
Tell = Callable[[list[UUID]], Awaitable[None]]

CAPACITY = (
    600  # turns; a process of one core that answers more keeps its open streams smooth and starves new ones
)
TELL = 1.0  # seconds between two words to those who wait


class LocalRunner:
    """`run` answers one turn; its second argument is set when somebody asks for a stop.

    At most `capacity` turns run at once; the others wait in line, and `tell` is given the line every TELL seconds.
    `bind` names the event loop that runs the tasks; until then, and after `shut_down`, nothing is started and
    the sweep of the next start finds what is left. Every other method may be called from any thread.
    """

    def __init__(
        self, elsewhere: Callable[[UUID], None] = lambda turn_id: None, *, capacity: int = CAPACITY
    ) -> None:
        self._elsewhere = elsewhere
        self._capacity = capacity
        self._run: Run | None = None
        self._tell: Tell | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: dict[UUID, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._line: dict[UUID, None] = {}  # in the order they came
        self._telling: asyncio.Task[None] | None = None

    def register(self, run: Run, tell: Tell | None = None) -> None:
        self._run, self._tell = run, tell

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def enqueue(self, turn_id: UUID, on_commit: Callable[[Callable[[], None]], None]) -> None:
        """Begin after the caller's transaction has been committed."""
        on_commit(lambda: self.start(turn_id))

    def start(self, turn_id: UUID) -> None:
        self._call(self._spawn, turn_id)

    def stop(self, turn_id: UUID) -> None:
        """Tell the task at once, here or `elsewhere`; the database, which it asks every few seconds, is the net below."""
        self._call(self._signal, turn_id)

    def stop_here(self, turn_id: UUID) -> None:
        """Tell the task if it is in this process. One in line has ended by now: it is begun, to say so."""
        if turn_id in self._line:
            self._begin(turn_id)
        if found := self._tasks.get(turn_id):
            found[1].set()

    @property
    def running(self) -> int:
        return len(self._tasks)

    async def shut_down(self) -> None:
        """Cancel every task and wait until each has handed its turn back."""
        self._loop = None
        self._line.clear()
        tasks = [task for task, _ in self._tasks.values()]
        if self._telling is not None:
            tasks.append(self._telling)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _call(self, function: Callable[[UUID], None], turn_id: UUID) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(function, turn_id)

    def _spawn(self, turn_id: UUID) -> None:
        if turn_id in self._tasks or turn_id in self._line:
            return
        if len(self._tasks) < self._capacity:
            self._begin(turn_id)
            return
        self._line[turn_id] = None
        metrics.turns_waiting.set(len(self._line))
        if self._loop is not None and (self._telling is None or self._telling.done()):
            self._telling = self._loop.create_task(
                self._tell_the_line(), name="line", context=contextvars.Context()
            )

    def _begin(self, turn_id: UUID) -> None:
        self._line.pop(turn_id, None)
        metrics.turns_waiting.set(len(self._line))
        if self._loop is None or self._run is None:
            return
        stop = asyncio.Event()
        # A fresh context: the request's would keep its thread and its database connection alive.
        task = self._loop.create_task(
            self._guarded(self._run, turn_id, stop), name=f"turn {turn_id}", context=contextvars.Context()
        )
        self._tasks[turn_id] = (task, stop)
        task.add_done_callback(lambda _: self._ended(turn_id))

    def _ended(self, turn_id: UUID) -> None:
        self._tasks.pop(turn_id, None)
        if self._line and len(self._tasks) < self._capacity:
            self._begin(next(iter(self._line)))

    async def _tell_the_line(self) -> None:
        while self._line and self._tell is not None:
            await self._tell(list(self._line))
            await asyncio.sleep(TELL)

    def _signal(self, turn_id: UUID) -> None:
        if turn_id in self._tasks or turn_id in self._line:
            self.stop_here(turn_id)
        else:
            self._elsewhere(turn_id)

    async def _guarded(self, run: Run, turn_id: UUID, stop: asyncio.Event) -> None:
        try:
            await run(turn_id, stop)
        except asyncio.CancelledError:
            raise
        except Exception:
            # The lease runs out and the sweep takes the turn up again.
            log.exception("turn %s: generation crashed", turn_id)
