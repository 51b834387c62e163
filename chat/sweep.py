"""Finds turns that nobody holds, takes them up again, and tries unchecked candidates and failing endpoints once more.

Also what else comes round: the audit's head, the day's purge, files in which something was erased, and cases that a
process of the version before has written.
"""

import asyncio
import contextlib
import contextvars
import logging
import time
from collections.abc import Awaitable, Callable

from django.conf import settings
from django.db import DatabaseError

from . import assistants, audit, conf, cycles, live, metrics, proving, retention, turns, workers
from .streamlog import LogError

log = logging.getLogger("chat.sweep")

PERIOD = 2.0  # seconds
RARELY = 10.0  # seconds between looks for turns whose log does not know that they have ended, lost jobs, failing endpoints
MINUTE = 60.0  # seconds between two heads of the audit
_STUCK_AFTER = 15.0  # seconds without a round before readiness says so

_task: asyncio.Task[None] | None = None
_last_round = 0.0
_rarely_at = 0.0
_minute_at = 0.0


def ensure_running(*, worker: bool = False) -> None:
    """Start in the running event loop, once. Called by a worker, by the ASGI lifespan, else by the first request.

    Where turns wait in a queue for workers, every other process only tells those that wait.
    """
    global _task, _last_round
    if _task is None or _task.done():
        _last_round = time.monotonic()
        loop = asyncio.get_running_loop()
        answering = worker or not conf.queued()
        if answering:
            conf.runner().bind(loop)
        live.bind(loop)
        _task = loop.create_task(
            _sweep(_round if answering else _tell), name="sweep", context=contextvars.Context()
        )


async def shut_down() -> None:
    """Hand every running turn back; the next process continues where this one ends."""
    if _task is not None:
        _task.cancel()
    await conf.runner().shut_down()
    with contextlib.suppress(DatabaseError):  # the next process keeps the head
        await conf.in_database(audit.watch, settings.DATA_DIR)
    await conf.log().close()


def problem() -> str:
    """For readiness: what is wrong with the sweep, or nothing."""
    if _task is None:
        return ""  # under daphne it begins with the first request
    silent = time.monotonic() - _last_round
    return f"the sweep has not run for {silent:.0f} s" if silent > _STUCK_AFTER else ""


async def _sweep(look: Callable[[], Awaitable[None]]) -> None:
    global _last_round
    await conf.log().start()
    while True:
        try:
            conf.log().expire()
            await look()
            await _each_minute()
        except DatabaseError as error:
            log.warning("sweep failed; it runs again in %s s: %s", PERIOD, str(error).partition("\n")[0])
        except Exception:
            log.exception("sweep failed; it runs again in %s s", PERIOD)
        _last_round = time.monotonic()
        cycles.look()
        await asyncio.sleep(PERIOD)


async def _each_minute() -> None:
    global _minute_at
    if time.monotonic() >= _minute_at:
        _minute_at = time.monotonic() + MINUTE
        await conf.in_database(audit.watch, settings.DATA_DIR)
        await conf.in_database(retention.settle)


async def _tell() -> None:
    """Turns that no worker has taken yet are told where they stand."""
    line = await conf.in_database(turns.line)
    metrics.turns_waiting.set(len(line))
    await conf.runner().tell(line)


async def _round() -> None:
    global _rarely_at
    for turn_id in await conf.in_database(turns.waiting):
        conf.runner().start(turn_id)
    if time.monotonic() < _rarely_at:
        return
    _rarely_at = time.monotonic() + RARELY
    await _look_for_untold()
    await conf.in_database(turns.fill_in)
    await assistants.try_due()
    await proving.try_due()
    await retention.try_due()
    if conf.queued():
        await conf.in_database(workers.tidy)


async def _look_for_untold() -> None:
    """Turns that have ended without a word of it in their log: the process that wrote it died, or Redis had."""
    try:
        unended = await conf.log().unended()
    except LogError:
        return  # it is looked for again
    for turn_id in await conf.in_database(turns.ended_among, unended):
        conf.runner().finish(turn_id)
