"""What one attempt writes into the stream log, and what it does when the log does not take it."""

import asyncio
import contextlib
import logging
from typing import Any
from uuid import UUID

from .. import conf, metrics, turns
from ..events import Kind
from ..streamlog import Fenced, Gone, Unreachable
from .said import Delta, Said

log = logging.getLogger("chat.generation")

RETRY = 1.0  # seconds between attempts to begin a lost log again


class Telling:
    """Keeps all that was released, so that a log that is gone can be begun again: under a new epoch, with
    everything so far as one event for each channel. While there is none the answer goes on being written; readers find its end in
    the database. Only Fenced is raised: somebody else has the turn.
    """

    def __init__(self, claim: turns.Claim) -> None:
        self._turn: UUID = claim.turn.pk
        self._attempt, self._epoch = claim.attempt, claim.epoch
        self._first = Kind.RESTARTED if claim.restarted else Kind.STARTED
        self._told = Said()
        self.lost = False

    async def begin(self) -> None:
        if self._first == Kind.RESTARTED:
            metrics.answers_restarted.labels("death").inc()
        try:
            await self._open()
        except (Gone, Unreachable) as error:
            self._lose(error)

    async def go_on(self, said: list[Delta], *, whole: bool) -> None:
        """Instead of `begin`: readers have this already, or (not `whole`) may have something else."""
        self._first = Kind.STARTED
        self._keep(said)
        if whole:
            await self.note(Kind.STARTED, {})
        else:
            self.lost = True
            await self.tell([])

    def start_over(self) -> None:
        """Nothing of it counts any more; the next call begins a new epoch."""
        self._first, self.lost, self._told = Kind.RESTARTED, True, Said()

    async def due(self, more: asyncio.Event) -> None:
        """Return when there is text to tell, or when it is time to try again what could not be told."""
        if not self.lost:
            await more.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY):
                await more.wait()

    async def tell(self, said: list[Delta]) -> None:
        """Tell the readers, or try again to; nothing only tries again."""
        self._keep(said)
        try:
            if self.lost:
                await self._begin_again()
                return
            for kind, data in said:
                await conf.log().append(self._turn, self._attempt, kind, data)
        except Gone as error:
            self._lose(error)
            await self.tell([])
        except Unreachable as error:
            self._lose(error)

    async def note(self, kind: Kind, data: dict[str, Any]) -> None:
        """Tell how it stands. Of no use to a reader who has no text either."""
        if self.lost:
            return
        try:
            await conf.log().append(self._turn, self._attempt, kind, data)
        except (Gone, Unreachable) as error:
            self._lose(error)

    async def _begin_again(self) -> None:
        if conf.log().trouble()[0]:
            return  # an epoch is for a log that can take it
        told = self._told
        epoch = await conf.in_database(turns.new_epoch, self._turn, self._attempt)
        if epoch is None:
            raise Fenced(f"attempt {self._attempt} of turn {self._turn} holds it no more")
        self._epoch = epoch
        try:
            await self._open()
            for kind, data in told.deltas():
                await conf.log().append(self._turn, self._attempt, kind, data)
        except Gone as error:  # gone again at once; the next round tries again
            self._lose(error)
            return
        self.lost = self._told is not told  # it started over meanwhile
        log.info("turn %s: its log was begun again as epoch %d", self._turn, epoch)

    async def _open(self) -> None:
        await conf.log().open(self._turn, self._attempt, self._epoch)
        # Where only the log is new, its text comes first: until there is an event readers keep what they have, and
        # after this one they would look at an empty page for as long as it takes to tell them the rest.
        if self._first == Kind.RESTARTED or not self._told:
            await conf.log().append(self._turn, self._attempt, self._first, {})

    def _keep(self, said: list[Delta]) -> None:
        for kind, data in said:
            self._told.add(kind, data)

    def _lose(self, error: Exception) -> None:
        if not self.lost:
            log.warning("turn %s: its log is lost: %s", self._turn, error)
        self.lost = True
