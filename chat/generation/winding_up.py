"""The end of a turn whose process died too often, or died when it was asked to stop."""

import logging
from uuid import UUID

from .. import conf, turns
from ..events import Kind
from ..models import Finish, bodies
from .judgement import end_without_text, freeze_and_judge

log = logging.getLogger("chat.generation")

DIED = "The server stopped while this answer was being written. Try again."


async def wind_up(turn_id: UUID, attempt: int) -> None:
    """End a turn that nobody writes any more and that is not begun again: with the text its log still has."""
    turn = await conf.in_database(turns.take_over, turn_id, attempt, conf.LEASE)
    if turn is None:
        return
    finish, sentence = (Finish.STOPPED, "") if turn.stop_requested_at else (Finish.BROKEN, DIED)
    await conf.log().open(turn_id, turn.attempt, turn.epoch)
    text = await _logged_text(turn_id)
    log.warning("turn %s: wound up as %s with %d characters, its process died", turn_id, finish, len(text))
    if text:
        await freeze_and_judge(turn_id, turn.attempt, finish, bodies.compose(text), sentence=sentence)
    else:
        await end_without_text(turn_id, turn.attempt, finish, sentence)


async def _logged_text(turn_id: UUID) -> str:
    batch = await conf.log().read(turn_id, None)
    return "".join(event.data["text"] for event in batch.events if event.kind == Kind.TEXT) if batch else ""
