"""The threads that requests and database work visit, and to which of them the next visit goes."""

import asyncio
import atexit
import contextlib
import contextvars
import functools
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
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


class _Visit:
    """A function to be called on a thread, in a copy of the context of whoever waits for it."""

    __slots__ = ("_arguments", "_context", "_function", "_loop", "begun", "future")

    def __init__(self, function: Callable[..., Any], arguments: tuple[object, ...]) -> None:
        self._function, self._arguments = function, arguments
        self._context = contextvars.copy_context()
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self._loop.create_future()
        self.begun = False

    def make(self, begin: Callable[[], None], end: Callable[["_Visit"], None]) -> None:
        """On the thread, which is free again before anybody hears the answer: who makes the next visit then finds it so.

        Nobody waits any more where the future was cancelled, or where the loop has been closed.
        """
        try:
            begin()
            result = self._context.run(self._function, *self._arguments)
            self._arguments = ()  # whoever hears of the result may want it to be gone
        except BaseException as error:
            end(self)
            self._answer(self._fail, error)
        else:
            end(self)
            self._answer(self._finish, result)

    def _answer(self, how: Callable[[Any], None], what: object) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(how, what)

    def _finish(self, result: object) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if self.future.done():
            return
        if isinstance(error, StopIteration):  # a future takes none
            stopped, error = error, RuntimeError("a visit raised StopIteration")
            error.__cause__ = stopped
        self.future.set_exception(error)


class _Thread:
    """One thread, so its database connection is one too; the visits it has, also those that nobody waits for any more, and
    since when the one it is at. A visit takes 36 µs there and back, and 46 through a ThreadPoolExecutor and its futures.
    """

    def __init__(self, name: str, begin: Callable[["_Thread"], None]) -> None:
        self._name, self._begin = name, begin
        self._queue: SimpleQueue[_Visit | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self.visits: set[_Visit] = set()
        self.since = 0.0
        self.native_id = 0
        self.kept_on: int | None = None  # the processor

    async def take(self, visit: _Visit) -> Any:
        if self._thread is None:
            self._start()
        self.visits.add(visit)
        self._queue.put(visit)
        try:
            return await visit.future
        finally:
            if not visit.begun:
                self.visits.discard(visit)

    def _start(self) -> None:
        """Once, whichever loops come first. Where the system refuses one, the next visit asks again."""
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
                thread.start()
                self._thread = thread
                atexit.register(self._end)

    def _serve(self) -> None:
        while (visit := self._queue.get()) is not None:
            # Before it is asked whether it was given up: whoever gives it up asks for this.
            visit.begun = True
            if visit.future.cancelled():
                self.visits.discard(visit)
            else:
                self.since = time.monotonic()
                visit.make(functools.partial(self._begin, self), self.visits.discard)
            del visit  # while it waits for the next one

    def _end(self) -> None:
        """What has been begun is brought to its end before the process ends."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

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
        self._threads = [_Thread(f"{name}-{number}", self._keep) for number in range(count)]
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
        # Not through asgiref, which takes 60 µs for a visit where this takes 20.
        result: T = await thread.take(_Visit(function, arguments))
        return result

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

    def _keep(self, thread: _Thread) -> None:
        """In the thread itself: it is new, was slow, or the event loop has moved."""
        if thread.kept_on == self._processor.number:
            return
        thread.native_id = threading.get_native_id()
        number = self._processor.number
        if number is not None and self._processor.keep_on(number):
            thread.kept_on = number
