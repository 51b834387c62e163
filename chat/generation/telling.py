"""What one attempt writes into the stream log, and what it does when the log does not take it."""

import asyncio
import contextlib
import logging
from uuid import UUID

from .. import conf, turns
from ..events import Kind
from ..streamlog import Fenced, Gone, Unreachable

log = logging.getLogger("chat.generation")

RETRY = 1.0  # seconds between attempts to begin a lost log again


class Telling:
    """Keeps all that was released, so that a log that is gone can be begun again: under a new epoch, with
    everything so far as one event. While there is none the answer goes on being written; readers find its end in
    the database. Only Fenced is raised: somebody else has the turn.
    """

    def __init__(self, claim: turns.Claim) -> None:
        self._turn: UUID = claim.turn.pk
        self._attempt, self._epoch = claim.attempt, claim.epoch
        self._first = Kind.RESTARTED if claim.restarted else Kind.STARTED
        self._released: list[str] = []
        self.lost = False

    async def begin(self) -> None:
        try:
            await self._open()
        except (Gone, Unreachable) as error:
            self._lose(error)

    async def due(self, more: asyncio.Event) -> None:
        """Return when there is text to tell, or when it is time to try again what could not be told."""
        if not self.lost:
            await more.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY):
                await more.wait()

    async def text(self, text: str) -> None:
        """Tell the readers, or try again to; empty text only tries again."""
        if text:
            self._released.append(text)
        try:
            if self.lost:
                await self._begin_again()
            else:
                await conf.log().append(self._turn, self._attempt, Kind.TEXT, {"text": text})
        except Gone as error:
            self._lose(error)
            await self.text("")
        except Unreachable as error:
            self._lose(error)

    async def _begin_again(self) -> None:
        if conf.log().trouble()[0]:
            return  # an epoch is for a log that can take it
        epoch = await conf.in_database(turns.new_epoch, self._turn, self._attempt)
        if epoch is None:
            raise Fenced(f"attempt {self._attempt} of turn {self._turn} holds it no more")
        self._epoch = epoch
        try:
            await self._open()
            if self._released:
                text = {"text": "".join(self._released)}
                await conf.log().append(self._turn, self._attempt, Kind.TEXT, text)
        except Gone as error:  # gone again at once; the next round tries again
            self._lose(error)
            return
        self.lost = False
        log.info("turn %s: its log was begun again as epoch %d", self._turn, epoch)

    async def _open(self) -> None:
        await conf.log().open(self._turn, self._attempt, self._epoch)
        await conf.log().append(self._turn, self._attempt, self._first, {})

    def _lose(self, error: Exception) -> None:
        if not self.lost:
            log.warning("turn %s: its log is lost: %s", self._turn, error)
        self.lost = True
