"""The end of a turn whose process died too often, or died when it was asked to stop."""

import logging

from .. import conf
from ..models import Finish, Turn
from ..streamlog import Unreachable
from .judgement import end_without_text, freeze_and_judge
from .lease import held
from .said import Said

log = logging.getLogger("chat.generation")

PATIENCE = 60.0  # seconds a log may be out of reach before a turn is ended without its text
DIED = "The server stopped while this answer was being written. Try again."


async def wind_up(turn: Turn) -> None:
    """End a turn that nobody writes any more and that is not begun again: with the text its log still has."""
    finish, sentence = (Finish.STOPPED, "") if turn.stop_requested_at else (Finish.BROKEN, DIED)
    try:
        await conf.log().open(turn.pk, turn.attempt, turn.epoch)
        batch = await conf.log().read(turn.pk, None)
    except Unreachable:
        # The text may still be there: the lease runs out and the sweep comes back to it, but not for ever.
        if conf.log().trouble()[0] < PATIENCE:
            raise
        batch = None
    said = Said.of(batch.events if batch else ())
    log.warning("turn %s: wound up as %s with %d characters, its process died", turn.pk, finish, said.size)
    async with held(turn.pk, turn.attempt):
        if body := said.body():
            await freeze_and_judge(
                turn.pk, turn.attempt, finish, body, sentence=sentence, thought=said.milliseconds
            )
        else:
            await end_without_text(turn.pk, turn.attempt, finish, sentence)
