"""Answers a turn: provider → gate → stream log → candidate → checks → message. No reader is needed for any of it."""

import asyncio
from uuid import UUID

from .. import assistants, conf, metrics, turns
from ..models import Turn
from .attempt import Attempt
from .judgement import announce_again, judge_again
from .question import Question
from .sending import Unsendable
from .starting import purge_logs, start, stop_person
from .waiting import tell
from .winding_up import wind_up

__all__ = ["Unsendable", "purge_logs", "run", "start", "stop_person", "tell"]


async def run(turn_id: UUID, stop: asyncio.Event) -> None:
    """Do what the turn needs next: answer it, judge it, end it, or say that it has ended. Nothing happens if another
    process has it.
    """
    taken, question = await _taken(turn_id)
    match taken:
        case turns.Claim() as claim:
            assert question is not None
            if claim.restarted:
                metrics.turns_recovered.inc()
            with metrics.turns_running.track_inprogress():
                await Attempt(claim, stop, question).run()
        case turns.Frozen() as frozen:
            await judge_again(frozen)
        case Turn() as leftover:
            await wind_up(leftover)
        case None:
            await announce_again(turn_id)


_Taken = tuple[turns.Claim | turns.Frozen | Turn | None, Question | None]


async def _taken(turn_id: UUID) -> _Taken:
    taking = asyncio.ensure_future(conf.in_database(_take, turn_id))
    try:
        return await asyncio.shield(taking)
    except asyncio.CancelledError:
        # Shut down while the database was taking it: without a word it would count as a death.
        if isinstance(taken := (await taking)[0], turns.Claim):
            await conf.in_database(turns.hand_back, turn_id, taken.attempt)
        raise


def _take(turn_id: UUID) -> _Taken:
    """What the turn needs next and, for one that is to be answered, what is asked of whom."""
    plan: assistants.Plan | None = None

    def continues(turn: Turn) -> bool:
        nonlocal plan
        plan = assistants.plan_of(turn)
        return plan.continues

    taken = turns.take(turn_id, conf.OWNER, conf.LEASE, continues=continues)
    if isinstance(taken, turns.Claim | turns.Frozen):
        conf.warm(taken.turn.policy)
    if not isinstance(taken, turns.Claim):
        return taken, None
    assert plan is not None
    question = Question(taken.turn, plan)
    if not taken.kept:  # else it may take long until it is asked
        question.look()
    return taken, question
