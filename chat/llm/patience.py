"""A time limit for many short waits in a row, which costs one timer for all of them."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Patience:
    """`limit` seconds is set before each wait, and `with patience:` around it; too long a wait is a TimeoutError.

    As `asyncio.timeout` in one task, but moving the moment costs nothing: 3.5 µs less for each piece of an answer. The timer
    looks at the moment only when it fires, and is set again for the rest.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()  # in 3.11 a microsecond of Python, so asked once
        self._waits = False
        self._moment = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # of the timer
        self._fired = False
        self._cancelling = 0

    def until(self, moment: float) -> Patience:
        """The wait that follows may last until this moment of the loop's clock."""
        self._moment = moment
        if self._timer is None or moment < self._due:
            self._set()
        return self

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __enter__(self) -> None:
        assert self._task is not None
        self._waits, self._fired, self._cancelling = True, False, self._task.cancelling()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waits = False
        if self._fired:
            assert self._task is not None
            # A cancellation of somebody else's that came as well goes on as one.
            if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def _set(self) -> None:
        self.close()
        self._due = self._moment
        self._timer = self._loop.call_at(self._moment, self._look)

    def _look(self) -> None:
        self._timer = None
        if not self._waits or self._task is None:
            return  # nobody waits; the next wait sets it again
        if self._loop.time() < self._moment:
            self._set()
        else:
            self._fired = True
            self._task.cancel()
