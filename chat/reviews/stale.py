"""What a reviewer is told whose case somebody else has, or has changed: who did what, and when."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format

from ..models import Case, CaseEntry, Decision

_DONE = {
    Decision.Action.RELEASE: "released this",
    Decision.Action.UPHOLD: "upheld this",
    Decision.Action.UNDO: "took the decision back",
}
_ENTERED = {
    CaseEntry.Kind.ESCALATE: "escalated this",
    CaseEntry.Kind.TAKE_OVER: "took this case over",
    CaseEntry.Kind.REPORT: "reported this",
}


class Stale(Exception):
    """Somebody or something was faster; the message says who did what, and when."""


def what_happened(case_id: UUID) -> str:
    """Why an action on an older version of the case was not carried out."""
    case = Case.objects.get(pk=case_id)
    if case.state == Case.State.PASSED:
        return f"Nothing was changed: it passed its checks {at(case.closed_at)}."
    said: list[tuple[datetime, str]] = []
    decision = case.decisions.select_related("reviewer").order_by("-pk").first()
    if decision is not None:
        did = _DONE[Decision.Action(decision.action)]
        said.append((decision.created_at, f"{decision.reviewer.name} {did}"))
    entry = case.entries.filter(kind__in=list(_ENTERED)).select_related("by").order_by("-pk").first()
    if entry is not None:
        did = _ENTERED[CaseEntry.Kind(entry.kind)]
        said.append((entry.at, f"{entry.by.name} {did}"))
    if not said:
        return "Nothing was changed: the case is not what this page showed. Look at it again."
    moment, words = max(said)
    return f"Nothing was changed: {words} {at(moment)}."


def who_has_it(case: Case) -> str:
    """For a case that somebody else is at."""
    assert case.claimed_by is not None
    return f"{case.claimed_by.name} has had this case since {_clock(case.claimed_at)}, until {_clock(case.claimed_until)} at least."


def at(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), r"\o\n j F \a\t H:i") if moment else "meanwhile"


def _clock(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "H:i") if moment else "a while ago"
