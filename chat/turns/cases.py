"""What a reviewer is shown of a turn: its case, and where that stands in the queue."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from ..models import Case, CaseReason, Turn
from .describing import (
    Rows,
    category_of,
    describe,
    last_results,
    severity_of,
    shown_to,
    sort_in,
    write_reasons,
)
from .references import new_reference

# What a report changes: not the columns of a row that is being filled in at the same moment (filling.py).
_REPORTED = (
    "about", "kind", "state", "category", "severity", "length", "shown", "readers", "version", "opened_at", "closed_at",
    "waited", "escalated_at", "claimed_by", "claimed_until",
)  # fmt: skip


def open_case(
    turn: Turn, kind: str, results: Rows, exposures: Rows = (), body: str = "", **fields: Any
) -> Case:
    """Open the case of a turn that has just been held, in the transaction that holds it; or open it again, where that was
    about the turn's question. `results` and `exposures` are fields of their rows, `body` the text that was judged, `fields`
    more of the case's.
    """
    found, seen = list(results), list(exposures)
    case = Case.objects.filter(turn=turn).first() or Case(turn=turn, reference=new_reference())
    if again := not case._state.adding:
        _open_again(case)
        case.about = Case.About.ANSWER
    case.turn, case.kind = turn, kind
    for name, value in fields.items():
        setattr(case, name, value)
    describe(case, found, seen, body)
    case.save(force_insert=not again)
    if again:
        _drop_reasons(case)
    write_reasons(case, found)
    return case


def move_case(case: Case) -> None:
    """Store where it stands now, after others of its columns were changed in this transaction: that holds its row, so what
    is read of it here is what all others have written too.
    """
    row = Case.objects.get(pk=case.pk)
    place = sort_in(row)
    Case.objects.filter(pk=case.pk).update(**place)
    CaseReason.objects.filter(case=case.pk).update(**place)
    case.lane, case.place = place["lane"], place["place"]


def report_case(case: Case, category: str, length: int) -> None:
    """Its person has reported the answer, which is shown to them: it waits, though it may have been decided about."""
    case.kind, case.state, case.category = Case.Kind.REPORTED, Case.State.OPEN, category
    found = last_results(case.turn_id) if case.about == Case.About.QUESTION else None
    grave = case.severity if found is None else severity_of(found)
    case.severity = max(grave, Case.Severity.HOLD)
    case.length = case.shown = length
    case.readers = max(case.readers, 1)
    if case.closed_at is not None:
        _open_again(case)
    case.about = Case.About.ANSWER
    case.save(update_fields=_REPORTED)
    if found is not None:  # what was said of the question is not said of the answer
        _drop_reasons(case)
        write_reasons(case, found)
    move_case(case)


def passed(case: Case) -> None:
    """It has passed a later check, and waits for nobody."""
    case.state, case.closed_at = Case.State.PASSED, timezone.now()
    case.claimed_by = case.claimed_until = None
    Case.objects.filter(pk=case.pk).update(
        state=case.state,
        closed_at=case.closed_at,
        claimed_by=None,
        claimed_until=None,
        version=F("version") + 1,
    )
    move_case(case)


def judged_again(case: Case, results: Rows, kind: str) -> None:
    """A checker that could not be asked before has objected now."""
    found = list(results)
    case.kind, case.severity, case.category = kind, severity_of(found), category_of(found)
    Case.objects.filter(pk=case.pk).update(
        kind=case.kind, severity=case.severity, category=case.category, version=F("version") + 1
    )
    write_reasons(case, found)
    move_case(case)


def seen_by(turn_id: Any, exposures: Rows) -> None:
    """More readers are known of than when it was opened. Somebody may be deciding about it in this moment."""
    shown, readers = shown_to(list(exposures))
    rows = Case.objects.filter(turn=turn_id)
    # One statement, which waits for theirs: no column of theirs is taken back, and their place is reckoned anew.
    if rows.update(shown=Greatest("shown", shown), readers=Greatest("readers", readers)):
        move_case(rows.get())


def _drop_reasons(case: Case) -> None:
    CaseReason.objects.filter(case=case).delete()


def _open_again(case: Case) -> None:
    case.state, case.opened_at, case.version = Case.State.OPEN, timezone.now(), case.version + 1
    case.closed_at = case.waited = case.escalated_at = case.claimed_until = case.claimed_by = None
