"""The threads that requests and database work visit, and to which of them the next visit goes."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from .processor import Processor

T = TypeVar("T")

# Seconds after which a visit holds nobody up any more: it hashes a password, or draws a long page.
SLOW = 0.025
# And after which it is let off the event loop's processor. Where everything waits, visits are slow that need Python, and
# they are quicker there.
LONG = 0.1
# Seconds a thread may keep Python while others want it. With Python's own 0.005 a visit, which lets go of it at each
# statement, may wait for 5 ms thirty times over.
SWITCH = 0.001


class _Thread:
    """One thread, so its database connection is one too; the visits it has, also those that nobody waits for any more, and
    since when the one it is at.
    """

    def __init__(self, name: str) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self.visits: set[Future[Any]] = set()
        self.since = 0.0
        self.native_id = 0
        self.kept_on: int | None = None  # the processor

    def slow(self, now: float, seconds: float | None = None) -> bool:
        return bool(self.visits) and now - self.since > (SLOW if seconds is None else seconds)


class Threads:
    """At most `abreast` of `count` threads at once, but for those that are slow: others go past them to the next one.

    Where the event loop has settled on a processor, threads work there too, and off it where they take long.
    """

    def __init__(
        self, count: int, abreast: int = 0, name: str = "request", processor: Processor | None = None
    ) -> None:
        self._abreast = abreast or count
        self._threads = [_Thread(f"{name}-{number}") for number in range(count)]
        self._processor = processor or Processor()
        self._watched = False

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns or raises, called on a thread in a copy of this context."""
        thread = self._next()
        if not thread.visits:
            thread.since = time.monotonic()
        if self._processor.number is not None and not self._watched:
            self._watched = True
            asyncio.get_running_loop().call_later(LONG, self._watch)
        context = contextvars.copy_context()
        # Not through asgiref, which takes 60 µs for a visit where this takes 20.
        visit = thread.executor.submit(context.run, self._visit, thread, function, *arguments)
        thread.visits.add(visit)
        visit.add_done_callback(thread.visits.discard)
        return await asyncio.wrap_future(visit)

    def _next(self) -> _Thread:
        now = time.monotonic()
        quick = [thread for thread in self._threads if not thread.slow(now)]
        return min(quick[: self._abreast] or self._threads, key=lambda each: len(each.visits))

    def _watch(self) -> None:
        """Let those go that take long: a password that is hashed needs no Python, and would take the event loop's time."""
        now = time.monotonic()
        for thread in self._threads:
            if thread.kept_on is not None and thread.slow(now, LONG):
                self._processor.let_off(thread.native_id)
                thread.kept_on = None
        self._watched = any(thread.visits for thread in self._threads)
        if self._watched:
            asyncio.get_running_loop().call_later(LONG, self._watch)

    def _visit(self, thread: _Thread, function: Callable[..., T], *arguments: object) -> T:
        thread.since = time.monotonic()
        if thread.kept_on != self._processor.number:
            self._keep(thread)
        return function(*arguments)

    def _keep(self, thread: _Thread) -> None:
        """In the thread itself: it is new, was slow, or the event loop has moved."""
        thread.native_id = threading.get_native_id()
        number = self._processor.number
        if number is not None and self._processor.keep_on(number):
            thread.kept_on = number
