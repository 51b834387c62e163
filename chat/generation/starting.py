"""A turn is asked for, no longer wanted, or no longer kept."""

from django.db import transaction
from django.db.models import QuerySet

from .. import assistants, conf, live, metrics, policies, retention, turns
from ..models import Conversation, PolicyVersion, Turn, User
from .sending import Look, Unready, looking


def start(person: User, new: turns.NewTurn, *, redact: bool = False) -> Turn:
    """Store the turn and have it answered; the same POST twice is the same turn. Raises as `turns.create`, and Unsendable
    where a rule finds something in what the person wrote (`redact`: that is replaced instead).
    """

    def choose(conversation: Conversation) -> turns.Chosen:
        return assistants.version_for(person, new, conversation)

    def judged_by(assistant: int | None) -> PolicyVersion:
        return policies.for_turn(person, assistant)

    def store(look: Look) -> tuple[Turn, bool]:
        with transaction.atomic():
            turn, created = turns.create(person, new, judged_by, choose, look)
            if created:
                conf.runner().enqueue(turn.pk, transaction.on_commit)
                live.tell(person.pk, turn.conversation_id, "turns")
        return turn, created

    try:
        turn, created = store(looking(new.id, redact))
    except Unready as unready:
        conf.warm(unready.policy)
        # Whatever applies by now is not waited for again: so this ends, however fast policies change.
        turn, created = store(looking(new.id, redact, wait=False))
    if created:
        metrics.turns_started.labels(new.kind).inc()
    return turn


def stop_person(person_id: int) -> None:
    """Stop everything that is being written for a person whose account was closed."""
    for turn_id in turns.stop_all(person_id):
        conf.runner().stop(turn_id)


def purge_logs(erased: QuerySet[Conversation]) -> None:
    """Have the stream logs of conversations that were just erased purged down to their ends."""
    for turn_id in retention.lately_written(erased):
        conf.runner().finish(turn_id)
