"""A reviewer's decision: recorded, the case closed and the turn moved, all or nothing. An undo is a decision of its own."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .. import audit, conf, live, metrics, permissions, turns
from ..models import (
    Candidate,
    Case,
    CaseEntry,
    Category,
    Decision,
    Message,
    Role,
    Status,
    Turn,
    User,
    Verdict,
)
from .claims import LEASE, free_for
from .stale import Stale, what_happened, who_has_it

Action = Decision.Action
UNDO = turns.UNDO
_STATES = {Action.RELEASE: Case.State.RELEASED, Action.UPHOLD: Case.State.UPHELD}


def decide(reviewer: User, case_id: UUID, action: str, reason: str, version: int, category: str = "") -> Case:
    """Release or uphold an open case of that version, with a reason on record for good. `category` is what the person is
    told of an uphold, the case's own where none is named.

    Raises PermissionDenied, Case.DoesNotExist, and Stale when the case is not what the reviewer was looking at.
    """
    permissions.check_can_review(reviewer)
    action = Action(action)
    with transaction.atomic():
        case = _locked(case_id)
        permissions.check_can_decide(reviewer, case)
        if action == Action.RELEASE and case.about == Case.About.QUESTION:
            _check_is_awaited(case)
        now = timezone.now()
        closed: dict[str, Any] = {
            "state": _STATES[action],
            "closed_at": now,
            "claimed_by": None,
            "claimed_until": None,
            "waited": max(0, int((now - case.opened_at).total_seconds())),
        }
        if action == Action.UPHOLD:
            closed["category"] = category or case.category or Category.OTHER
        _change(reviewer, case, version, **closed)
        decision = Decision(case=case, turn_id=case.turn_id, digest=_digest(case, action), reviewer=reviewer)
        decision.action, decision.reason = action, reason
        decision.category = closed.get("category", "")
        decision.save()
        if not _carry_out(case, action):
            raise Stale("This is no longer held. Look at the case again.")
        _tell(case)
        audit.record(
            reviewer, f"case.{action}", case_id, reference=case.reference, digest=decision.digest,
            category=decision.category,
        )  # fmt: skip
    metrics.decisions.labels(str(action)).inc()
    return case


def undo(reviewer: User, case_id: UUID, version: int, reason: str) -> Case:
    """Take the last decision back, within UNDO: the case waits again, and the reviewer has it. What the decision did to the
    turn is done backwards; text that was shown by a release is shown no more.

    Raises as `decide`; only who decided, and a senior reviewer, may.
    """
    permissions.check_can_review(reviewer)
    with transaction.atomic():
        case = _locked(case_id)
        permissions.check_can_see_case(reviewer, case)
        last = case.decisions.order_by("-pk").first()
        # Open or passed after a decision: the case has been about something else since, such as the answer to a question.
        if case.state in Case.UNDECIDED or case.version != version:
            raise Stale(what_happened(case_id))
        if last is None or last.action == Action.UNDO:
            raise Stale(what_happened(case_id))
        check_can_undo(reviewer, case, last)
        now = timezone.now()
        _change(
            reviewer, case, version, was=case.state, state=Case.State.OPEN, closed_at=None, waited=None,
            claimed_by=reviewer, claimed_at=now, claimed_until=now + LEASE, category=turns.own_category(case),
        )  # fmt: skip
        Decision.objects.create(
            case=case, turn_id=case.turn_id, digest=last.digest, reviewer=reviewer, action=Action.UNDO,
            reason=reason, undoes=last,
        )  # fmt: skip
        reported = case.kind == Case.Kind.REPORTED
        if not turns.reopen(case.turn_id, last.action == Action.RELEASE, reported):
            raise Stale("This has moved on. Look at the case again.")
        _tell(case)
        audit.record(reviewer, "case.undo", case_id, reference=case.reference, undoes=last.pk)
    metrics.decisions.labels(str(Action.UNDO)).inc()
    return case


def check_can_undo(reviewer: User, case: Case, decision: Decision) -> None:
    """Raises PermissionDenied, or Stale when it is too late."""
    if is_final(case, decision):
        raise Stale("Nothing was changed: a model has been given the question, which cannot be taken back.")
    if decision.reviewer_id != reviewer.pk and not permissions.is_senior(reviewer):
        raise PermissionDenied("Only who decided, or a senior reviewer, can take this back.")
    if decision.created_at < timezone.now() - UNDO:
        raise Stale("Nothing was changed: a decision can be taken back for five minutes, and these are over.")


def is_final(case: Case, decision: Decision) -> bool:
    """A question that was let through is with its model, and being answered."""
    return case.about == Case.About.QUESTION and decision.action == Action.RELEASE


def escalate(reviewer: User, case_id: UUID, version: int, reason: str) -> Case:
    """Leave an open case to senior reviewers. Raises as `decide`."""
    permissions.check_can_review(reviewer)
    with transaction.atomic():
        case = _locked(case_id)
        permissions.check_can_decide(reviewer, case)
        if case.escalated_at:
            raise Stale(what_happened(case_id))
        _change(reviewer, case, version, escalated_at=timezone.now(), claimed_by=None, claimed_until=None)
        CaseEntry.objects.create(case=case, by=reviewer, kind=CaseEntry.Kind.ESCALATE, words=reason)
        live.tell_desk(case.pk)
        audit.record(reviewer, "case.escalate", case_id, reference=case.reference)
    return case


def _check_is_awaited(case: Case) -> None:
    """A question that is released goes to its model: not where nobody may send one any more. Raises Stale."""
    chat = case.turn.conversation
    if chat.deleted_at or chat.erased_at:
        raise Stale(
            "Nothing was changed: the conversation has been deleted, so no model is asked this any more."
        )
    if not chat.owner.is_active:
        raise Stale(
            "Nothing was changed: the person's account is closed, so no model is asked this any more."
        )


def _carry_out(case: Case, action: str) -> bool:
    """What a decision does to the turn; False where that has moved on."""
    if action == Action.UPHOLD:
        return turns.uphold(case.turn_id)
    became = turns.release(case.turn_id)
    if became == Status.ACCEPTED:  # it was the question: now it is answered
        conf.runner().enqueue(case.turn_id, transaction.on_commit)
    return became is not None


def _locked(case_id: UUID) -> Case:
    case = Case.objects.select_related("turn__conversation").get(pk=case_id)
    # The turn first, then the case: the order in which a recheck that passes takes them.
    Turn.objects.select_for_update(no_key=True).get(pk=case.turn_id)
    return Case.objects.select_related("turn__conversation__owner", "claimed_by").get(pk=case_id)


def _change(reviewer: User, case: Case, version: int, was: str = Case.State.OPEN, **new: Any) -> None:
    """By compare-and-set: a case of that version and state that nobody else is at. Raises Stale."""
    rows = Case.objects.filter(pk=case.pk, state=was, version=version)
    if was == Case.State.OPEN:
        rows = rows.filter(free_for(reviewer))
    if rows.update(version=F("version") + 1, **new) != 1:
        taken = case.state == was and case.version == version and case.claimed_by
        raise Stale(f"Nothing was changed: {who_has_it(case)}" if taken else what_happened(case.pk))
    for name, value in new.items():
        setattr(case, name, value)
    case.version = version + 1
    turns.move_case(case)


def _digest(case: Case, action: str) -> str:
    """Of the text decided upon. What is no longer stored can be upheld, by what was judged, but not released."""
    role = Role.USER if case.about == Case.About.QUESTION else Role.ASSISTANT
    candidate = Candidate.objects.filter(turn_id=case.turn_id, role=role).first()
    if candidate is not None:
        return candidate.digest
    message = Message.objects.filter(turn_id=case.turn_id, role=role).first()
    if message is not None and message.erased_at is None:
        return message.digest
    if action == Action.RELEASE:
        raise Stale("The text has been erased, so it cannot be released.")
    return message.digest if message else Verdict.objects.filter(turn_id=case.turn_id).latest("round").digest


def _tell(case: Case) -> None:
    live.tell(case.turn.conversation.owner_id, case.turn.conversation_id, "turns")
    live.tell_desk(case.pk)
