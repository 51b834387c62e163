"""Finds turns that nobody holds, takes them up again, and tries unchecked candidates once more."""

import asyncio
import contextvars
import logging
import time

from . import conf, live, turns
from .streamlog import LogError

log = logging.getLogger("chat.sweep")

PERIOD = 2.0  # seconds
UNTOLD_PERIOD = 10.0  # seconds between looks for turns whose log does not know that they have ended
_STUCK_AFTER = 15.0  # seconds without a round before readiness says so

_task: asyncio.Task[None] | None = None
_last_round = 0.0
_untold_at = 0.0


def ensure_running() -> None:
    """Start in the running event loop, once. Called by the ASGI lifespan, else by the first request."""
    global _task, _last_round
    if _task is None or _task.done():
        _last_round = time.monotonic()
        loop = asyncio.get_running_loop()
        conf.runner().bind(loop)
        live.bind(loop)
        _task = loop.create_task(_sweep(), name="sweep", context=contextvars.Context())


async def shut_down() -> None:
    """Hand every running turn back; the next process continues where this one ends."""
    if _task is not None:
        _task.cancel()
    await conf.runner().shut_down()
    await conf.log().close()


def problem() -> str:
    """For readiness: what is wrong with the sweep, or nothing."""
    if _task is None:
        return ""  # under daphne it begins with the first request
    silent = time.monotonic() - _last_round
    return f"the sweep has not run for {silent:.0f} s" if silent > _STUCK_AFTER else ""


async def _sweep() -> None:
    global _last_round
    await conf.log().start()
    while True:
        try:
            await _round()
        except Exception:
            log.exception("sweep failed; it runs again in %s s", PERIOD)
        _last_round = time.monotonic()
        await asyncio.sleep(PERIOD)


async def _round() -> None:
    conf.log().expire()
    for turn_id in await conf.in_database(turns.waiting):
        conf.runner().start(turn_id)
    await _look_for_untold()


async def _look_for_untold() -> None:
    """Turns that have ended without a word of it in their log: the process that wrote it died, or Redis had."""
    global _untold_at
    if time.monotonic() < _untold_at:
        return
    _untold_at = time.monotonic() + UNTOLD_PERIOD
    try:
        unended = await conf.log().unended()
    except LogError:
        return  # it is looked for again
    for turn_id in await conf.in_database(turns.ended_among, unended):
        conf.runner().start(turn_id)
