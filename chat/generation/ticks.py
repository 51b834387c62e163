"""When what has gathered of an answer goes on: once a tick."""

from __future__ import annotations

import asyncio
import itertools

from .. import conf

PHASES = 4  # all answers at the same moment would wait for each other: 200 of them for 10 ms and more


class Ticks:
    """One timer for all answers of a phase, a part of a tick after those of the phase before.

    Together with reading providers once a tick: a fifth less CPU a token at 200 streams than a sleep for each answer
    (docs/decisions/2026-11-22-pace.md).
    """

    def __init__(self, phase: int) -> None:
        self._offset = conf.TICK * phase / PHASES
        self._waiting: list[asyncio.Future[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last = 0  # the number of the last tick

    async def next(self) -> None:
        """Return at the phase's next tick, in at most conf.TICK seconds."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._waiting, self._last = loop, [], 0
        if not self._waiting:
            # A timer may come a millisecond early: the same tick must not come twice.
            self._last = max(int((loop.time() - self._offset) // conf.TICK), self._last) + 1
            loop.call_at(self._last * conf.TICK + self._offset, self._beat)
        waiter = loop.create_future()
        self._waiting.append(waiter)
        await waiter

    def _beat(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


_phases = itertools.cycle([Ticks(phase) for phase in range(PHASES)])


def next_phase() -> Ticks:
    """The ticks of one more answer."""
    return next(_phases)
