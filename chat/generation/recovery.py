"""What the log still has of an answer whose process is gone, for the next attempt to go on from."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from .. import conf, turns
from ..events import Event, Kind
from ..streamlog import Unreachable
from .said import Said
from .telling import RETRY
from .winding_up import PATIENCE

log = logging.getLogger("chat.generation")

_BARREN = 2  # attempts in a row that may die without bringing the text forward


@dataclass(frozen=True, slots=True)
class Recovered:
    """What readers may have. `whole`: they can have had no more than this, so it may go on under their cursors.
    `barren`: how many attempts in a row have added nothing to the text.
    """

    said: Said
    whole: bool
    barren: int

    def hopeless(self, deaths: int) -> bool:
        """Whether it has killed its processes without getting on."""
        return deaths > turns.RECOVERIES and self.barren >= _BARREN


async def recovered(claim: turns.Claim, stop: asyncio.Event) -> Recovered | None:
    """Shut the old writer out, then read what was acknowledged to it. None where that is nothing, was lost, or
    is no beginning that a model can be given (reasoning alone, or half a call of a tool): the answer then starts over.
    Without anything said only where readers can have had nothing.

    A log that is out of reach is waited for, a while: nobody knows what it holds. Raises Fenced.
    """
    while True:
        try:
            # First the fence: what was acknowledged by then is all there will ever be.
            whole = await conf.log().open(claim.turn.pk, claim.attempt, claim.epoch)
            batch = await conf.log().read(claim.turn.pk, None)
            break
        except Unreachable as error:
            if stop.is_set() or conf.log().trouble()[0] > PATIENCE:
                log.warning("turn %s: what it had is out of reach: %s", claim.turn.pk, error)
                return None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETRY):
                await stop.wait()
    events: Sequence[Event] = batch.events if batch else ()
    said = Said.of(events)
    if not said.resumable and (said or not whole):
        return None
    return Recovered(said, whole, _barren(events))


def _barren(events: Sequence[Event]) -> int:
    """Each attempt begins with a fact of its own; those behind the last text brought none."""
    count = 0
    for event in reversed(events):
        if event.kind == Kind.TEXT:
            break
        count += event.kind == Kind.STARTED
    return count
