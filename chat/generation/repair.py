"""A document that does not fit its shape is asked for once more, without anybody's asking."""

import asyncio
import logging

from django.db import transaction

from .. import conf, metrics, policies, turns
from ..models import Conversation, Finish, Kind, Turn, User

log = logging.getLogger("chat.generation")


async def problem(frozen: turns.Frozen) -> str | None:
    """Why the answer that these bytes become is to be repaired by itself, in a sentence; None where it is not.

    Not a repair that does not fit either: its person looks at it, and may ask for another. Not an answer that was
    stopped, or whose provider failed.
    """
    if not wants(frozen.turn):
        return None
    schema = await conf.in_database(turns.schema_of, frozen.turn)
    return await asyncio.to_thread(turns.problem_in, frozen.body, schema)


def wants(turn: Turn) -> bool:
    """Whether its answer is looked at for that."""
    ended = turn.finish in {Finish.COMPLETE, Finish.LENGTH}
    return turn.shaped and ended and turn.kind != Kind.REPAIR


def follow(saved: Turn, problem: str) -> Turn | None:
    """The repair of an answer that is being saved, made in the same transaction. None where its person has gone on
    meanwhile, or may begin nothing now.
    """
    # As every POST of theirs does, and like it before the conversation: so that none of these comes between this look at
    # the leaf and the repair, and none waits for what this one holds.
    owner = User.objects.select_for_update(no_key=True).get(pk=saved.conversation.owner_id)
    if not Conversation.objects.filter(pk=saved.conversation_id, leaf=saved.pk).exists():
        return None
    new = turns.NewTurn(turns.repair_id(saved.pk), saved.conversation_id, saved.pk, Kind.REPAIR, problem)
    try:
        turn, created = turns.create(owner, new, lambda assistant: policies.for_turn(owner, assistant))
    except (turns.Conflict, turns.Unknown) as refused:
        log.info("turn %s: its document is not repaired by itself: %s", saved.pk, refused)
        return None
    if created:
        conf.runner().enqueue(turn.pk, transaction.on_commit)
        metrics.turns_started.labels(Kind.REPAIR).inc()
        log.info("turn %s: its document does not fit; turn %s asks for it again", saved.pk, turn.pk)
    return turn
