"""When what has gathered of an answer goes on: once a tick."""

from __future__ import annotations

import asyncio
import itertools

from .. import conf

PHASES = 4  # all answers at the same moment would wait for each other: 200 of them for 10 ms and more
# From so many answers in this process on a tick is so much longer: what one costs hardly depends on how much it brings.
STRETCH = ((700, 1.9), (350, 1.5), (60, 1.25), (0, 1.0))
# And so much longer after one that came so many seconds late: what is saved is for turns that are just beginning.
LATE = ((0.03, 1.9), (0.01, 1.5), (0.0, 1.0))


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
        self.late = 0.0  # seconds by which it came later
        self.answers = 0  # that went on at it

    async def next(self) -> None:
        """Return at the phase's next tick, in at most conf.TICK seconds, or nearly twice as many under load."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._waiting, self.last = loop, [], 0.0
        if not self._waiting:
            now = loop.time()
            running = sum(each.answers for each in PHASE if each.last > now - 1)
            tick = conf.TICK * stretch(running, self.late)
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
        if self._loop is not None:
            self.late = max(0.0, self._loop.time() - self.last)
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


def stretch(answers: int, late: float = 0.0) -> float:
    """How much longer than conf.TICK a tick is while so many answers are written in this process, after one that was so late."""
    return max(_factor(STRETCH, answers), _factor(LATE, late))


def _factor(steps: tuple[tuple[float, float], ...], value: float) -> float:
    return next(factor for least, factor in steps if value >= least)


PHASE = [Ticks(phase) for phase in range(PHASES)]
_phases = itertools.cycle(PHASE)


def next_phase() -> Ticks:
    """The ticks of one more answer."""
    return next(_phases)
