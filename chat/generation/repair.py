"""A document that does not fit its shape is asked for once more, without anybody's asking."""

import logging

from django.db import transaction

from .. import conf, metrics, policies, turns
from ..models import Conversation, Finish, Kind, Turn, User

log = logging.getLogger("chat.generation")


def follow(saved: Turn) -> Turn | None:
    """The repair of an answer that is being saved, made in the same transaction; None where it needs none.

    Once: a repair that does not fit either is looked at by its person, who may ask for another. Not below an answer that
    was stopped, whose provider failed, or from which the person has gone on meanwhile.
    """
    if saved.kind == Kind.REPAIR or saved.finish not in {Finish.COMPLETE, Finish.LENGTH}:
        return None
    if turns.problem(saved) is None:
        return None
    # As every POST of theirs does, so that none of these comes between this look at the leaf and the repair.
    owner = User.objects.select_for_update().get(pk=saved.conversation.owner_id)
    if not Conversation.objects.filter(pk=saved.conversation_id, leaf=saved.pk).exists():
        return None
    new = turns.NewTurn(turns.repair_id(saved.pk), saved.conversation_id, saved.pk, Kind.REPAIR, "")
    try:
        turn, created = turns.create(owner, new, policies.current(conf.policy_definition()).pk)
    except (turns.Conflict, turns.Unknown) as refused:
        log.info("turn %s: its document is not repaired by itself: %s", saved.pk, refused)
        return None
    if created:
        conf.runner().enqueue(turn.pk, transaction.on_commit)
        metrics.turns_started.labels(Kind.REPAIR).inc()
        log.info("turn %s: its document does not fit; turn %s asks for it again", saved.pk, turn.pk)
    return turn
