"""A conversation's content is emptied; its rows stay, with what was decided about which digests."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from .. import audit, turns
from ..models import Candidate, CheckResult, Conversation, Decision, Message, Turn, User
from . import files

LOGS_LAST = timedelta(minutes=30)  # longer than any stream log is kept

# Whatever else holds words about a conversation is emptied in the same transaction; given its id, and those of its turns.
# Others add theirs.
ON_ERASE: list[Callable[[UUID, list[UUID]], None]] = []


def deleted_by(person: User) -> QuerySet[Conversation]:
    """A person's deleted conversations that are not erased yet, the last one deleted first."""
    rows = Conversation.objects.filter(owner=person, erased_at=None).exclude(deleted_at=None)
    return rows.exclude(leaf=None).order_by("-deleted_at", "-pk")


def erases_at(conversation: Conversation) -> datetime:
    """When a deleted one is past its time."""
    assert conversation.deleted_at is not None
    return conversation.deleted_at + timedelta(days=settings.CHAT_KEEP_DELETED)


def erasable() -> QuerySet[Conversation]:
    """Deleted ones with content, of which no answer is being written any more."""
    running = Turn.objects.filter(conversation=OuterRef("pk"), status__in=turns.RUNNING)
    return Conversation.objects.filter(~Exists(running), erased_at=None).exclude(deleted_at=None)


def erase(conversation_id: UUID, actor: User | None = None) -> int | None:
    """Empty a deleted conversation; how many messages it had. None where it is not deleted, is erased, or an answer in it
    is still being stopped. With an `actor` it is on record by itself.
    """
    with transaction.atomic():
        # The turns first, then the conversation: the order in which an answer that ends takes them.
        rows = Turn.objects.select_for_update(no_key=True).filter(conversation=conversation_id).order_by("pk")
        found = list(rows.values_list("pk", "status"))
        if any(status in turns.RUNNING for _, status in found):
            return None
        now, gone = timezone.now(), Conversation.objects.filter(pk=conversation_id, erased_at=None)
        if not gone.exclude(deleted_at=None).update(erased_at=now, title=""):
            return None
        count = _empty(conversation_id, now)
        for hook in ON_ERASE:
            hook(conversation_id, [pk for pk, _ in found])
        files.touched()
        if actor is not None:
            audit.record(actor, "conversation.erase", conversation_id, messages=count)
    return count


def lately_written(erased: QuerySet[Conversation]) -> list[UUID]:
    """Turns of these whose text may still be in their stream logs, which are kept for some minutes."""
    rows = Turn.objects.filter(conversation__in=erased, ended_at__gte=timezone.now() - LOGS_LAST)
    return list(rows.values_list("pk", flat=True))


def _empty(conversation_id: UUID, now: datetime) -> int:
    """`payload` is a hash of the question without a salt, by which a short one could be guessed."""
    theirs = Turn.objects.filter(conversation=conversation_id)
    theirs.update(sentence="", provider_text="", usage=None, payload="", recheck_at=None)
    Candidate.objects.filter(turn__in=theirs).delete()
    CheckResult.objects.filter(turn__in=theirs).exclude(detail="").update(detail="")
    Decision.objects.filter(turn__in=theirs).exclude(reason="").update(reason="")
    return Message.objects.filter(turn__in=theirs, erased_at=None).update(body="", salt="", erased_at=now)
