"""Classifiers in use are proved now and then, each by one process: chat/sweep.py looks for those whose time has come."""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Iterable

from . import conf, metrics, proofs
from .conf.classifying import Pair, built, found, reach
from .models import CheckerState
from .moderation import Closed
from .moderation.classifiers import prove

log = logging.getLogger("chat.moderation")

LOOK = 30.0  # seconds between two looks of a process


def _of_the_environment() -> list[Pair]:
    return [(item, "output") for item in conf.policy_definition()["checkers"] if item["kind"] != "rules"]


# What is in use though it may not have judged anything yet: called in the database's thread. Others add theirs.
IN_USE: list[Callable[[], Iterable[Pair]]] = [_of_the_environment]

_looked_at = 0.0
_proving: set[asyncio.Task[None]] = set()


async def try_due() -> None:
    """Begin to prove those whose time has come; returns at once."""
    global _looked_at
    if _looked_at and time.monotonic() < _looked_at + LOOK:
        return
    _looked_at = time.monotonic()
    for row in await conf.in_database(_taken):
        task = asyncio.get_running_loop().create_task(
            _try(row), name=f"proof {row.key[:8]}", context=contextvars.Context()
        )
        _proving.add(task)
        task.add_done_callback(_proving.discard)


def _taken() -> list[CheckerState]:
    found([pair for pairs in IN_USE for pair in pairs()])
    proofs.forget()
    metrics.checkers_failing.set(proofs.failing())
    return [row for row in proofs.due() if proofs.take(row)]


async def _try(row: CheckerState) -> None:
    reached = (await conf.in_database(reach, [(row.item, row.direction)]))[0]
    if reached.endpoint is None or reached.key != row.key:
        return  # its endpoint is gone, or reached in another way, which is another classifier
    made = built(reached)
    if isinstance(made, Closed):
        return
    proof = await prove(made)
    await conf.in_database(proofs.record, row.key, made.name, proof)
    log.info("checker %s: proof %s", made.name, proof.outcome)
