"""What a reviewer's decision does to a turn, in the transaction that records it; and nothing where the turn has moved on.

The database has the last word: a message needs a pass or a release as the last word over its bytes, and a withdrawn one is
shown again only by a decision (models/guards).
"""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from ..models import Candidate, Case, CaseEntry, CheckResult, HoldKind, Role, Status, Turn
from ..moderation import categories
from .judging import let_through, shown_status
from .states import SHOWN, move

UNDO = timedelta(minutes=5)  # in which a decision can be taken back


def release(turn_id: UUID) -> Status | None:
    """After a release is recorded: the candidate becomes the message, or a withdrawn message is shown again; an answer that
    is shown stays so. What the turn is then: as its answer had finished, or accepted where it was a question, which is to be
    answered. None where none of these can be.
    """
    status = _status(turn_id)
    if status == Status.HELD:
        role = Candidate.objects.values_list("role", flat=True).get(turn=turn_id)
        return let_through(turn_id, Role(role))
    if status == Status.WITHDRAWN:
        new = shown_status(turn_id)
        return new if move(turn_id, Status.WITHDRAWN, new) else None
    return Status(status) if status in SHOWN else None


def uphold(turn_id: UUID) -> bool:
    """After an uphold is recorded: held for good, or shown no more."""
    status = _status(turn_id)
    if status == Status.HELD:
        return move(turn_id, Status.HELD, Status.UPHELD, recheck_at=None)
    if status in SHOWN:
        return move(turn_id, Status(status), Status.WITHDRAWN)
    return status == Status.WITHDRAWN


def reopen(turn_id: UUID, released: bool, reported: bool) -> bool:
    """After an undo is recorded: as it was while the case waited. `released` says what is undone; the answer of a case that
    its person `reported` is shown until it is decided, any other is not.
    """
    status = _status(turn_id)
    if reported:
        return status in SHOWN or (
            status == Status.WITHDRAWN and move(turn_id, Status.WITHDRAWN, shown_status(turn_id))
        )
    if released:
        return status in SHOWN and move(turn_id, Status(status), Status.WITHDRAWN)
    if status == Status.UPHELD:
        # What could not be checked is tried again at once.
        unchecked = Turn.objects.filter(pk=turn_id, hold_kind=HoldKind.UNCHECKED).exists()
        return move(turn_id, Status.UPHELD, Status.HELD, recheck_at=timezone.now() if unchecked else None)
    return status == Status.WITHDRAWN


def own_category(case: Case) -> str:
    """What a case is about that no reviewer has decided on: what its person chose who reported it, else what the checkers
    found first.
    """
    if case.kind == Case.Kind.REPORTED:
        reports = case.entries.filter(kind=CaseEntry.Kind.REPORT).order_by("-pk")
        return reports.values_list("detail", flat=True).first() or ""
    flags = CheckResult.objects.filter(turn=case.turn_id, outcome="flag").order_by("-round", "pk")
    first = next((found[0] for found in flags.values_list("findings", flat=True) if found), None)
    return categories.category_of(first["rule"]) if first else ""


def _status(turn_id: UUID) -> str:
    """Under the lock of the caller, who holds the turn's row."""
    return str(Turn.objects.values_list("status", flat=True).get(pk=turn_id))
