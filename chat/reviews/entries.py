"""What is done with a case beside deciding: notes, and looks at text that is veiled. On record for good."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from .. import audit, live, permissions
from ..models import Case, CaseEntry, User
from .stale import Stale

LASTS = timedelta(minutes=15)  # for which a text stays revealed to who asked for it


def note(reviewer: User, case_id: UUID, words: str) -> None:
    """Add a note for reviewers. Raises PermissionDenied, Case.DoesNotExist, and Stale where the conversation was erased."""
    case = _seen(reviewer, case_id)
    with transaction.atomic():
        CaseEntry.objects.create(case=case, by=reviewer, kind=CaseEntry.Kind.NOTE, words=words)
        live.tell_desk(case_id)
        audit.record(reviewer, "case.note", case_id, reference=case.reference)


def reveal(reviewer: User, case_id: UUID, why: str, words: str = "") -> None:
    """Show the reviewer what is veiled, for LASTS. `why`: one of CaseEntry.Why, or "" with `words`. Raises as `note`."""
    case = _seen(reviewer, case_id)
    with transaction.atomic():
        CaseEntry.objects.create(case=case, by=reviewer, kind=CaseEntry.Kind.REVEAL, detail=why, words=words)
        audit.record(reviewer, "case.reveal", case_id, reference=case.reference, why=why or "words")


def revealed_until(viewer: User, case: Case, entries: list[CaseEntry]) -> datetime | None:
    """Until when the text of this case, whose `entries` these are, is revealed to them. A look at it before it was opened
    again may have been one at another text.
    """
    now = timezone.now()
    ends = [
        entry.at + LASTS
        for entry in entries
        if entry.kind == CaseEntry.Kind.REVEAL
        and entry.by_id == viewer.pk
        and entry.at + LASTS > now
        and entry.at >= case.opened_at
    ]
    return max(ends, default=None)


def _seen(reviewer: User, case_id: UUID) -> Case:
    permissions.check_can_review(reviewer)
    case = Case.objects.select_related("turn__conversation").get(pk=case_id)
    permissions.check_can_see_case(reviewer, case)
    if case.turn.conversation.erased_at:
        # It would quote what is to be gone; of somebody who was faster the next purge empties it.
        raise Stale(
            "Nothing was kept: the conversation has been erased, and nothing more is written about it."
        )
    return case
