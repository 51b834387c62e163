"""Break-glass: one conversation of another person's opened for a written reason, for a while, every look on record.

Nothing here searches in texts: a conversation is found by the reference that its person gave, or by whose it is and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from .. import audit, permissions, turns
from ..models import Case, Conversation, Transcript, Turn, User
from ..moments import midnight
from . import around

LASTS = timedelta(minutes=30)
MOST = 50  # conversations found
PAGE = 20  # turns
_REFERENCE_LEAST = 6  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation without a word of it: no title, which is made of what was asked."""

    id: UUID
    owner: str
    created_at: datetime
    active_at: datetime
    turns: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A turn of it: `case` is that of an answer that is no part of the conversation, None where there is none."""

    at: datetime
    turn: around.Around
    case: Case | None


@dataclass(frozen=True, slots=True)
class Pages:
    """A page of a transcript, oldest first. `earlier`: the turn before which the earlier ones are."""

    transcript: Transcript
    owner: str
    said: list[Said]
    earlier: UUID | None


def find(viewer: User, reference: str = "", username: str = "", day: date | None = None) -> list[Found]:
    """By a reference, or by whose it is and on which day it was written in. Raises PermissionDenied."""
    permissions.check_can_break_glass(viewer)
    rows = Conversation.objects.filter(erased_at=None).exclude(leaf=None).exclude(owner=viewer)
    if reference:
        rows = rows.filter(pk__in=_referred(reference))
    elif day is not None:
        said = Turn.objects.filter(conversation__owner__username=username)
        said = said.filter(created_at__gte=midnight(day), created_at__lt=midnight(day + timedelta(days=1)))
        rows = rows.filter(pk__in=said.values("conversation"))
    found = list(rows.select_related("owner").order_by("-active_at")[:MOST])
    counted = Turn.objects.filter(conversation__in=found).values_list("conversation")
    counts = dict(counted.annotate(count=Count("pk")).order_by())
    # Not what was typed: a person by their id, as everywhere in the audit, where there is one of that name.
    person = (
        None if reference else User.objects.filter(username=username).values_list("pk", flat=True).first()
    )
    audit.record(
        viewer, "transcript.search", person or "", by="reference" if reference else "person", found=len(found)
    )
    return [
        Found(
            row.pk, row.owner.name, row.created_at, row.active_at,
            counts.get(row.pk, 0), row.deleted_at is not None,
        )
        for row in found
    ]  # fmt: skip


def wanted(viewer: User, conversation_id: UUID) -> Conversation:
    """The conversation that is to be opened. Raises PermissionDenied, and Conversation.DoesNotExist."""
    permissions.check_can_break_glass(viewer)
    row = Conversation.objects.select_related("owner").get(pk=conversation_id, erased_at=None)
    permissions.check_can_break_glass(viewer, row.owner_id)
    return row


def break_glass(viewer: User, conversation_id: UUID, reason: str) -> Transcript:
    """Open it for LASTS, with the reason on record. Raises as `wanted`."""
    row = wanted(viewer, conversation_id)
    now = timezone.now()
    with transaction.atomic():
        made = Transcript.objects.create(
            by=viewer, conversation=row, reason=reason, opened_at=now, until=now + LASTS
        )
        # Not in its words, which may name what is said in there: those are in the row.
        audit.record(
            viewer,
            "transcript.open",
            row.pk,
            transcript=made.pk,
            owner=row.owner_id,
            until=made.until.isoformat(),
        )
    return made


def read(viewer: User, transcript_id: int, before: UUID | None = None) -> Pages:
    """A page of it, and the look on record. Raises PermissionDenied where its time is over or it is somebody else's, and
    Transcript.DoesNotExist.
    """
    permissions.check_can_break_glass(viewer)
    row = Transcript.objects.select_related("conversation__owner").get(pk=transcript_id)
    chat = row.conversation
    if row.by_id != viewer.pk or row.closed_at or row.until <= timezone.now() or chat.erased_at:
        raise PermissionDenied(
            "The time to read this conversation is over. Open it again, with a reason, if you must."
        )
    answers, earlier = turns.branch(chat, before, PAGE)
    audit.record(
        viewer, "transcript.view", chat.pk, transcript=row.pk, owner=chat.owner_id, turns=len(answers),
        before=str(before or ""),
    )  # fmt: skip
    said = [Said(answer.turn.created_at, around.read(answer), _case(answer.turn)) for answer in answers]
    return Pages(row, chat.owner.name, said, earlier)


def close(viewer: User, transcript_id: int) -> None:
    """Give the right back before its time is over."""
    permissions.check_can_break_glass(viewer)
    rows = Transcript.objects.filter(pk=transcript_id, by=viewer, closed_at=None)
    with transaction.atomic():
        if rows.update(closed_at=timezone.now()):
            audit.record(viewer, "transcript.close", transcript_id)


def opened(viewer: User) -> list[Transcript]:
    """Those that the viewer may read now."""
    rows = Transcript.objects.filter(by=viewer, closed_at=None, until__gt=timezone.now())
    return list(rows.select_related("conversation__owner").order_by("-pk"))


def _case(turn: Turn) -> Case | None:
    return None if turn.status in turns.SHOWN else getattr(turn, "case", None)


def _referred(reference: str) -> list[UUID]:
    """The conversations that a reference may mean: of a case, of a turn or its beginning, or of themselves."""
    plain = reference.strip().lower().replace("-", "")
    if not _REFERENCE_LEAST <= len(plain) <= 32 or not plain.isalnum():
        return []
    cases = Case.objects.filter(reference=reference.strip().upper()).values_list(
        "turn__conversation", flat=True
    )
    found = set(cases)
    if _is_hex(plain):
        found |= set(_turns_of(plain)) | ({UUID(plain)} if len(plain) == 32 else set())
    return list(found)


def _turns_of(beginning: str) -> list[UUID]:
    if len(beginning) == 32:
        return list(Turn.objects.filter(pk=UUID(beginning)).values_list("conversation", flat=True))
    # Ids of such a beginning lie between these two.
    least, most = UUID(beginning.ljust(32, "0")), UUID(beginning.ljust(32, "f"))
    rows = Turn.objects.filter(pk__gte=least, pk__lte=most)
    return list(rows.values_list("conversation", flat=True)[:MOST])


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdef" for char in text)
