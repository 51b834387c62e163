"""When what has gathered of an answer goes on: once a tick."""

from __future__ import annotations

import asyncio
import itertools

from .. import conf

PHASES = 4  # all answers at the same moment would wait for each other: 200 of them for 10 ms and more
# From so many answers in this process on a tick is so much longer: what one costs hardly depends on how much it brings.
STRETCH = ((700, 1.9), (150, 1.5), (0, 1.0))


class Ticks:
    """One timer for all answers of a phase, a part of a tick after those of the phase before.

    Together with reading providers once a tick: a fifth less CPU a token at 200 streams than a sleep for each answer
    (docs/decisions/2026-11-22-pace.md).
    """

    def __init__(self, phase: int) -> None:
        self._part = phase / PHASES
        self._waiting: list[asyncio.Future[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self.last = 0.0  # the moment of the last tick
        self.answers = 0  # that went on at it

    async def next(self) -> None:
        """Return at the phase's next tick, in at most conf.TICK seconds, or nearly twice as many under load."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._waiting, self.last = loop, [], 0.0
        if not self._waiting:
            now = loop.time()
            tick = conf.TICK * stretch(sum(each.answers for each in PHASE if each.last > now - 1))
            due = (now // tick + self._part) * tick
            # A timer may come a millisecond early: the same tick must not come twice.
            while due <= max(now, self.last + tick / 2):
                due += tick
            self.last = due
            loop.call_at(due, self._beat)
        waiter = loop.create_future()
        self._waiting.append(waiter)
        await waiter

    def _beat(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.answers = len(waiting)
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


def stretch(answers: int) -> float:
    """How much longer than conf.TICK a tick is while so many answers are written in this process."""
    return next(factor for least, factor in STRETCH if answers >= least)


PHASE = [Ticks(phase) for phase in range(PHASES)]
_phases = itertools.cycle(PHASE)


def next_phase() -> Ticks:
    """The ticks of one more answer."""
    return next(_phases)
