"""Turns wait in a queue that all processes share; worker processes take them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from .base import CAPACITY, Runner

QUEUE = "turns"  # its name in procrastinate's tables
TASK = "answer"  # what its jobs ask for; their one argument is the turn's id
BEAT = 3.0  # seconds between two signs of life of a worker
DEAD = 10.0  # seconds without one after which it counts as gone
FORGET = 3600.0  # seconds after which nobody expects it back


class QueueRunner(Runner):
    """`defer` puts a turn into the queue, within the caller's transaction.

    A web process never binds a loop and answers nothing. A worker is given a turn by the queue (`answer`), or by its
    sweep or another process (`start`, which without room leaves it to others).
    """

    def __init__(
        self, defer: Callable[[UUID], None], elsewhere: Callable[[UUID], None], *, capacity: int = CAPACITY
    ) -> None:
        super().__init__(elsewhere, capacity=capacity)
        self._defer = defer
        self._over: dict[UUID, list[asyncio.Future[None]]] = {}
        self._room: list[asyncio.Future[None]] = []

    def enqueue(self, turn_id: UUID, on_commit: Callable[[Callable[[], None]], None]) -> None:
        self._defer(turn_id)

    async def answer(self, turn_id: UUID) -> None:
        """Answer it here as soon as there is room; return when that has ended, or nothing more is begun here."""
        loop = asyncio.get_running_loop()
        # What the sweep began takes room too.
        while self._taking and turn_id not in self._tasks and len(self._tasks) >= self._capacity:
            self._room.append(room := loop.create_future())
            await room
        self._spawn(turn_id)
        if turn_id in self._tasks:
            over: asyncio.Future[None] = loop.create_future()
            self._over.setdefault(turn_id, []).append(over)
            await over

    def stop_here(self, turn_id: UUID) -> None:
        """One that is not here may have ended while it waited in the queue: it is begun, to say so."""
        if found := self._tasks.get(turn_id):
            found[1].set()
        else:
            self._begin(turn_id)

    def _spawn(self, turn_id: UUID) -> None:
        if self._taking and turn_id not in self._tasks and len(self._tasks) < self._capacity:
            self._begin(turn_id)

    def _ended(self, turn_id: UUID) -> None:
        _resolve(self._over.pop(turn_id, []))
        while self._room and (self._room[0].done() or len(self._tasks) < self._capacity):
            _resolve([self._room.pop(0)])

    def _drop(self) -> None:
        room, self._room = self._room, []
        _resolve(room)


def _resolve(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
