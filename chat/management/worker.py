"""One worker process: answers turns until a signal, then lets them end or hands them over."""

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

import uvloop
from procrastinate.exceptions import ConnectorException

from .. import conf, cycles, sweep
from ..runner.feed import Feed
from . import exiting

log = logging.getLogger("chat.worker")

_LAST = 10.0  # seconds that handing over and closing may take


def run(*, drain: float, ready: Callable[[], None]) -> None:
    """Answer turns; `ready` is called once they are taken. At SIGTERM or SIGINT nothing new is taken, what runs may go
    on for `drain` seconds, and the rest is handed to another worker. A second SIGINT means now.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_Worker(drain).run(ready))


class _Worker:
    def __init__(self, drain: float) -> None:
        self._drain = drain
        self._asked = asyncio.Event()
        self._now = asyncio.Event()

    async def run(self, ready: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_without_a_database)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ask, number)
        sweep.ensure_running(worker=True)
        feed = conf.feed()
        conf.PROBES.append(lambda: _unfed(feed))
        feeding = asyncio.create_task(feed.run(), name="feed")
        cycles.seldom()
        ready()
        asked = asyncio.create_task(self._asked.wait())
        await asyncio.wait({feeding, asked}, return_when=asyncio.FIRST_COMPLETED)
        conf.begin_drain()
        feed.stop()
        await self._let_end()
        exiting.within(_LAST)
        await sweep.shut_down()
        asked.cancel()
        await feeding

    async def _let_end(self) -> None:
        if running := conf.runner().running:
            log.info("stopping: %d turns may go on for %g s", running, self._drain)
        ending = asyncio.create_task(conf.runner().drain(self._drain))
        hurry = asyncio.create_task(self._now.wait())
        await asyncio.wait({ending, hurry}, return_when=asyncio.FIRST_COMPLETED)
        for task in (ending, hurry):
            task.cancel()
        if left := conf.runner().running:
            log.info("stopping: %d turns are handed over", left)

    def _ask(self, number: signal.Signals) -> None:
        # A second SIGTERM is a process manager that told make and us.
        if self._asked.is_set() and number == signal.SIGINT:
            self._now.set()
        self._asked.set()


def _unfed(feed: Feed) -> str:
    """For readiness: that the queue cannot be read, or nothing."""
    seconds, reason = feed.trouble
    return f"the queue in DATABASE_URL could not be read for {seconds:.0f} s: {reason}" if seconds else ""


def _without_a_database(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A job whose end could not be told to the queue is one line, not a traceback: it is tidied up later."""
    error = context.get("exception")
    if isinstance(error, ConnectorException):
        log.warning(
            "a job's end is not in the queue yet: %s", str(error.__cause__ or error).partition("\n")[0]
        )
    else:
        loop.default_exception_handler(context)
