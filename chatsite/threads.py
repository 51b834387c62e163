"""The threads that requests visit, and to which of them the next request goes."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

THREADS = 8
# At once where the database is in this process: Python runs one thread at a time, and each statement gives the others
# their turn, so a transaction that takes 0.6 ms alone takes 30 beside seven others, and keeps SQLite's one writer's place.
ABREAST = 1
# Seconds after which a visit holds nobody up any more: it hashes a password, or draws a long page.
SLOW = 0.025
# Seconds a thread may keep Python while others want it. With Python's own 0.005 a visit, which lets go of it at each
# statement, may wait for 5 ms thirty times over.
SWITCH = 0.001


class _Thread:
    """One thread, so its database connection is one too; how many visits it has, and since when the one it is at."""

    def __init__(self, number: int) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix=f"request-{number}")
        self.visits = 0
        self.since = 0.0

    def slow(self, now: float) -> bool:
        return self.visits > 0 and now - self.since > SLOW


class Threads:
    """At most `abreast` of THREADS at once, but for those that are slow: others go past them to the next thread."""

    def __init__(self, abreast: int = THREADS) -> None:
        self._abreast = abreast
        self._threads = [_Thread(number) for number in range(THREADS)]

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns or raises, called on a thread in a copy of this context."""
        thread = self._next()
        thread.visits += 1
        if thread.visits == 1:
            thread.since = time.monotonic()
        context = contextvars.copy_context()
        try:
            # Not through asgiref, which takes 60 µs for a visit where this takes 20.
            return await asyncio.get_running_loop().run_in_executor(
                thread.executor, context.run, self._visit, thread, function, *arguments
            )
        finally:
            thread.visits -= 1

    def _next(self) -> _Thread:
        now = time.monotonic()
        quick = [thread for thread in self._threads if not thread.slow(now)]
        return min(quick[: self._abreast] or self._threads, key=lambda each: each.visits)

    @staticmethod
    def _visit(thread: _Thread, function: Callable[..., T], *arguments: object) -> T:
        thread.since = time.monotonic()
        return function(*arguments)
