"""Holding a turn for as long as it is worked on."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from uuid import UUID

from django.db import Error

from .. import conf, turns

log = logging.getLogger("chat.generation")


@contextlib.asynccontextmanager
async def held(
    turn_id: UUID, attempt: int, told: Callable[[str], None] | None = None
) -> AsyncGenerator[None, None]:
    """Renew the lease until the block ends; `told` hears `stop` or `lost` when the renewal says so."""
    renewal = asyncio.create_task(_renew(turn_id, attempt, told or (lambda _: None)))
    try:
        yield
    finally:
        renewal.cancel()


async def _renew(turn_id: UUID, attempt: int, told: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(conf.RENEW)
        try:
            answer = await conf.in_database(turns.renew, turn_id, attempt, conf.LEASE)
        except Error as error:  # the lease outlasts a few of these
            log.warning("turn %s: could not renew its lease: %s", turn_id, error)
            continue
        if answer != "held":
            told(answer)
        if answer == "lost":
            return
