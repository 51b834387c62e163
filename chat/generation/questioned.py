"""What a person wrote, judged before a model sees it, where the turn's policy asks for that."""

import asyncio
import logging
from typing import Any

from django.db import transaction

from .. import conf, live, metrics, turns
from ..events import Kind
from ..models import Finish, Status, Turn
from .judgement import announce, ask, end_without_text, required
from .telling import Telling

log = logging.getLogger("chat.generation")


async def may_be_answered(turn: Turn, attempt: int, telling: Telling, stop: asyncio.Event) -> bool:
    """Whether a model may see the question. If not, the turn has been ended: held, or stopped meanwhile."""
    if not turn.policy.definition.get("input"):
        return True
    frozen = await conf.in_database(turns.question_to_judge, turn)
    if frozen is None:
        return True
    await telling.note(Kind.WAITING, {"why": "question"})
    judging = asyncio.ensure_future(ask(frozen))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({judging, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not judging.done():
            await end_without_text(turn.pk, attempt, Finish.STOPPED)
            return False
        outcome, rows = judging.result()
    finally:
        for task in (judging, stopping):
            task.cancel()
        await asyncio.gather(judging, stopping, return_exceptions=True)
    settled = await conf.in_database(_settle, frozen, outcome, rows)
    if settled is None:
        return False  # another attempt has it
    if settled.status != Status.HELD:
        await telling.note(Kind.STARTED, {})
        return True
    metrics.turns_held.labels(outcome).inc()
    await announce(turn.pk, attempt, settled.status, settled.reference)
    return False


def _settle(frozen: turns.Frozen, outcome: str, rows: list[dict[str, Any]]) -> turns.Settled | None:
    with transaction.atomic():
        settled = turns.conclude_question(frozen, outcome, required(frozen), rows)
        if settled is not None and settled.status == Status.HELD:
            live.tell(frozen.turn.conversation.owner_id, frozen.turn.conversation_id, "turns")
            assert settled.case is not None
            live.tell_desk(settled.case)
    return settled
