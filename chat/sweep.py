"""Finds turns that nobody holds, takes them up again, and tries unchecked candidates once more."""

import asyncio
import contextvars
import logging
import time
from collections.abc import Coroutine
from typing import Any

from . import conf, generation, metrics, turns
from .models import Status

log = logging.getLogger("chat.sweep")

PERIOD = 2.0  # seconds
_STUCK_AFTER = 15.0  # seconds without a round before readiness says so

_task: asyncio.Task[None] | None = None
_background: set[asyncio.Task[None]] = set()
_last_round = 0.0


def ensure_running() -> None:
    """Start in the running event loop, once. Called by the ASGI lifespan, else by the first request."""
    global _task, _last_round
    if _task is None or _task.done():
        _last_round = time.monotonic()
        loop = asyncio.get_running_loop()
        conf.runner().bind(loop)
        _task = loop.create_task(_sweep(), name="sweep", context=contextvars.Context())


async def shut_down() -> None:
    """Hand every running turn back; the next process continues where this one ends."""
    if _task is not None:
        _task.cancel()
    await conf.runner().shut_down()
    for task in list(_background):
        task.cancel()
    await asyncio.gather(*_background, return_exceptions=True)


def problem() -> str:
    """For readiness: what is wrong with the sweep, or nothing."""
    if _task is None:
        return ""  # under daphne it begins with the first request
    silent = time.monotonic() - _last_round
    return f"the sweep has not run for {silent:.0f} s" if silent > _STUCK_AFTER else ""


async def _sweep() -> None:
    global _last_round
    while True:
        try:
            await _round()
        except Exception:
            log.exception("sweep failed; it runs again in %s s", PERIOD)
        _last_round = time.monotonic()
        await asyncio.sleep(PERIOD)


async def _round() -> None:
    conf.log().expire()
    for turn_id, status, attempt, exhausted in await conf.in_database(turns.stalled):
        metrics.turns_recovered.inc()
        if status == Status.MODERATING:
            _spawn(generation.rejudge(turn_id, attempt))
        elif exhausted:
            _spawn(generation.wind_up(turn_id, attempt))
        else:
            conf.runner().start(turn_id)
    while frozen := await conf.in_database(turns.due_for_recheck):
        _spawn(generation.recheck(frozen))


def _spawn(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
    _background.add(task)
    task.add_done_callback(_background.discard)
    task.add_done_callback(_complain)


def _complain(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("sweep: %s", error, exc_info=error)
