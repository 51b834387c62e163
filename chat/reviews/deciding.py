"""A reviewer's decision: recorded, the case closed and the turn moved, all or nothing."""

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format

from .. import audit, conf, live, metrics, permissions, turns
from ..models import Candidate, Case, Decision, Status, Turn, User, Verdict
from .queue import person_name

_STATES = {Decision.Action.RELEASE: Case.State.RELEASED, Decision.Action.UPHOLD: Case.State.UPHELD}
_DONE = {Decision.Action.RELEASE: "released", Decision.Action.UPHOLD: "upheld"}


class Stale(Exception):
    """Somebody or something was faster; the message says who decided what."""


def decide(reviewer: User, case_id: UUID, action: str, reason: str, version: int) -> Case:
    """Release or uphold an open case of that version, with a reason on record for good.

    Raises PermissionDenied, Case.DoesNotExist, and Stale when the case is not what the reviewer was looking at.
    """
    permissions.check_can_review(reviewer)
    action = Decision.Action(action)
    with transaction.atomic():
        case = Case.objects.get(pk=case_id)
        # The turn first, then the case: the order in which a recheck that passes takes them.
        Turn.objects.select_for_update().get(pk=case.turn_id)
        closed = {"state": _STATES[action], "version": F("version") + 1, "closed_at": timezone.now()}
        if Case.objects.filter(pk=case_id, state=Case.State.OPEN, version=version).update(**closed) != 1:
            raise Stale(_what_happened(case_id))
        digest = _digest(case, action)
        Decision.objects.create(
            case=case, turn_id=case.turn_id, digest=digest, reviewer=reviewer, action=action, reason=reason
        )
        if action == Decision.Action.RELEASE:
            became = turns.release(case.turn_id)
            moved = became is not None
            if became == Status.ACCEPTED:
                conf.runner().enqueue(case.turn_id, transaction.on_commit)
        else:
            moved = turns.uphold(case.turn_id)
        if not moved:
            raise Stale("This is no longer held. Look at the case again.")
        live.tell(case.turn.conversation.owner_id, case.turn.conversation_id, "turns")
        audit.record(reviewer, f"case.{action}", case_id, reference=case.reference, digest=digest)
    metrics.decisions.labels(str(action)).inc()
    case.refresh_from_db()
    return case


def _digest(case: Case, action: Decision.Action) -> str:
    """Of the text decided upon. What is no longer stored can be upheld, by what was judged, but not released."""
    candidate = Candidate.objects.filter(turn_id=case.turn_id).first()
    if candidate is not None:
        return candidate.digest
    if action == Decision.Action.RELEASE:
        raise Stale("The text has been erased, so it cannot be released.")
    return Verdict.objects.filter(turn_id=case.turn_id).latest("round").digest


def _what_happened(case_id: UUID) -> str:
    case = Case.objects.get(pk=case_id)
    last = case.decisions.select_related("reviewer").order_by("-pk").first()
    if case.state == Case.State.PASSED:
        return f"Nothing was changed: the answer passed its checks {_at(case.closed_at)}."
    if last is None:
        return "Nothing was changed: the case is not what this page showed. Look at it again."
    who = person_name(last.reviewer)
    return f"Nothing was changed: {who} {_DONE[Decision.Action(last.action)]} this answer {_at(last.created_at)}."


def _at(moment) -> str:
    return date_format(timezone.localtime(moment), r"\o\n j F \a\t H:i") if moment else "meanwhile"
