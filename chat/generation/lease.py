"""The leases of all turns this process answers, renewed together: one statement, however many there are."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
from collections.abc import AsyncIterator, Callable
from uuid import UUID

from django.db import Error

from .. import conf
from ..turns import running

log = logging.getLogger("chat.generation")

Told = Callable[[str], None]


class _Renewals:
    """For each turn its attempt, and whom to tell when the answer is `stop` or `lost` instead of `held`."""

    def __init__(self) -> None:
        self._held: dict[UUID, tuple[int, Told]] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, turn: UUID, attempt: int, told: Told) -> None:
        self._held[turn] = attempt, told
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            # A fresh context: that of the first turn must not live as long as all of them.
            self._task = loop.create_task(self._renew(), name="renewal", context=contextvars.Context())

    def remove(self, turn: UUID, told: Told) -> None:
        if (held := self._held.get(turn)) and held[1] is told:
            del self._held[turn]

    async def _renew(self) -> None:
        while self._held:
            await asyncio.sleep(conf.RENEW)
            held = {turn: attempt for turn, (attempt, _) in self._held.items()}
            try:
                answers = await conf.in_database(running.renew_all, held, conf.LEASE)
            except Error as error:  # the leases outlast a few of these
                log.warning("could not renew the leases of %d turns: %s", len(held), error)
                continue
            for turn, answer in answers.items():
                if turn in self._held and self._held[turn][0] == held[turn]:
                    self._held[turn][1](answer)


_renewals = _Renewals()


@contextlib.asynccontextmanager
async def held(turn: UUID, attempt: int, told: Told = lambda _: None) -> AsyncIterator[None]:
    """Renew the lease until the block ends; `told` hears `stop` or `lost` when the renewal says so."""
    _renewals.add(turn, attempt, told)
    try:
        yield
    finally:
        _renewals.remove(turn, told)
