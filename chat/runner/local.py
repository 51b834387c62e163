"""Answers turns as asyncio tasks of the web process."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from uuid import UUID

from .. import metrics
from .base import CAPACITY, Runner

TELL = 1.0  # seconds between two words to those who wait


class LocalRunner(Runner):
    """Turns past the capacity wait in line here, and are told their place every TELL seconds."""

    def __init__(
        self, elsewhere: Callable[[UUID], None] = lambda turn_id: None, *, capacity: int = CAPACITY
    ) -> None:
        super().__init__(elsewhere, capacity=capacity)
        self._line: dict[UUID, None] = {}  # in the order they came
        self._telling: asyncio.Task[None] | None = None

    def enqueue(self, turn_id: UUID, on_commit: Callable[[Callable[[], None]], None]) -> None:
        on_commit(lambda: self.start(turn_id))

    def stop_here(self, turn_id: UUID) -> None:
        """One in line has ended by now: it is begun, to say so."""
        if turn_id in self._line:
            self._begin(turn_id)
        if found := self._tasks.get(turn_id):
            found[1].set()

    async def shut_down(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await super().shut_down()

    def _spawn(self, turn_id: UUID) -> None:
        if not self._taking or turn_id in self._tasks or turn_id in self._line:
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
        super()._begin(turn_id)

    def _ended(self, turn_id: UUID) -> None:
        if self._line and len(self._tasks) < self._capacity:
            self._begin(next(iter(self._line)))

    def _drop(self) -> None:
        self._line.clear()

    def _signal(self, turn_id: UUID) -> None:
        if turn_id in self._line:
            self.stop_here(turn_id)
        else:
            super()._signal(turn_id)

    async def _tell_the_line(self) -> None:
        while self._line:
            await self.tell(list(self._line))
            await asyncio.sleep(TELL)
