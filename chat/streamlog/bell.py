"""How readers of one log are woken."""

from __future__ import annotations

import asyncio


class Bell:
    """Rung when there may be something new; whoever waits then looks.

    A future for each waiter, and one timer that is left alone while it is early enough: a reader waits anew at
    every tick, and nearly always hears the bell first. 8 µs less for that than an `asyncio.Event` under
    `asyncio.timeout`.
    """

    __slots__ = ("_due", "_timer", "_waiters")

    def __init__(self) -> None:
        self._waiters: list[tuple[float, asyncio.Future[None]]] = []  # until when, and who
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # of the timer

    async def heard(self, seconds: float) -> None:
        """Return when it is rung, or after that time. What was rung before the call is not heard."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        waiter = (until, loop.create_future())
        self._waiters.append(waiter)
        if self._timer is None or until < self._due:
            self._set(loop, until)
        try:
            await waiter[1]
        finally:
            if waiter in self._waiters:  # cancelled
                self._waiters.remove(waiter)

    def ring(self) -> None:
        waiters, self._waiters = self._waiters, []
        for _, waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _set(self, loop: asyncio.AbstractEventLoop, until: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due, self._timer = until, loop.call_at(until, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let those go whose time is over; set the timer for the next of the others."""
        self._timer, now = None, loop.time()
        late = sorted((each for each in self._waiters if each[0] <= now), key=lambda each: each[0])
        self._waiters = [each for each in self._waiters if each[0] > now]
        for _, waiter in late:
            if not waiter.done():
                waiter.set_result(None)
        if self._waiters:
            self._set(loop, min(until for until, _ in self._waiters))
