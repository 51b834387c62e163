"""Once a day one process, whichever finds first that it is time, purges and then verifies the audit."""

import asyncio
import contextvars
import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from .. import audit, conf
from ..audit import heads
from .purging import BEGUN, Purge

log = logging.getLogger("chat.retention")

LOOK = 600.0  # seconds between two looks of a process, and before the first: a start has other work
STALE = timedelta(hours=1)  # after which one that has not ended has died

_next_look = time.monotonic() + LOOK
_running: set[asyncio.Task[None]] = set()


async def try_due() -> None:
    """Begin the day's purge where it is time for it; returns at once."""
    global _next_look
    if time.monotonic() < _next_look:
        return
    _next_look = time.monotonic() + LOOK
    if await conf.in_database(claim):
        task = asyncio.get_running_loop().create_task(_run(), name="purge", context=contextvars.Context())
        _running.add(task)
        task.add_done_callback(_running.discard)


def claim(now: datetime | None = None) -> bool:
    """Whether it is time, and nobody else has begun; then that is on record."""
    now = now or timezone.now()
    # It ends with this; what a command has purged or verified meanwhile says nothing of either.
    done, begun = audit.last(audit.VERIFIED, by="daily"), audit.last(BEGUN)
    if done and done.at >= due_since(now):
        return False
    # Not begun twice while it may be running.
    if begun and begun.at >= now - STALE:
        return False
    return audit.claim(BEGUN, begun.seq if begun else None)


def due_since(now: datetime) -> datetime:
    """The last moment at which it was CHAT_PURGE_HOUR, by the server's clock."""
    local = timezone.localtime(now, timezone.get_default_timezone())
    moment = local.replace(hour=settings.CHAT_PURGE_HOUR, minute=0, second=0, microsecond=0)
    return moment if moment <= local else moment - timedelta(days=1)


async def _run() -> None:
    try:
        await _purge()
        await _verify()
    except DatabaseError as error:
        log.warning("purge: broke off, and is begun again in an hour: %s", str(error).partition("\n")[0])
    except Exception:
        log.exception("purge: broke off, and is begun again in an hour")


async def _purge() -> None:
    purge = Purge()
    while await conf.in_database(purge.step):
        pass
    for sentence in (await conf.in_database(purge.finish, "daily")).sentences:
        log.info("purge: %s", sentence)
    removed = ", ".join(f"{count} {name}" for name, count in purge.counts.items() if count)
    log.info("purge: removed %s", removed or "nothing")


async def _verify() -> None:
    check = audit.Check(await asyncio.to_thread(heads.of, settings.DATA_DIR))
    while await conf.in_database(check.step):
        pass
    await conf.in_database(audit.keep_result, check.report, "daily")
    for finding in check.report.findings:
        log.error("audit: %s", finding)
