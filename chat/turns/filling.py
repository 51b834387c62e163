"""What processes of the version before write of cases, who know nothing of the desk: put right, a row at a time."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ..models import Candidate, Case, CaseReason, Exposure
from .cases import move_case
from .describing import describe, last_results, write_reasons

# The columns that it writes: whoever decides or has a case writes others.
_FILLED = ("owner", "assistant", "severity", "category", "length", "shown", "readers", "lane", "place")
# What stands in these already, or in the category, is of a process of this version, for a report, a decision or a reader.
_SAID = ("severity", "length", "shown", "readers")
_LATELY = timedelta(days=1)  # for which processes of two versions may run beside each other


def fill_in(most: int = 200) -> int:
    """Describe cases that such a process has opened, and bring those that it has judged, decided or opened again to their
    lanes. How many were put right; there may be more while there were any.
    """
    unknown = list(Case.objects.filter(owner=None).values_list("pk", flat=True)[:most])
    done = sum(fill_in_case(pk) for pk in unknown)
    if len(unknown) == most:  # the lanes may be full of such yet
        return done
    return done + sum(_put_right(pk) for pk in _astray(most))


def fill_in_case(case_id: UUID) -> bool:
    """Describe one whose owner is not known; whether that was so, and nobody was just changing it."""
    with transaction.atomic():
        case = _free(case_id).filter(owner=None).first()
        if case is None:
            return False
        category, said = case.category, {name: getattr(case, name) for name in _SAID}
        results = _describe(case)
        for name, value in said.items():
            setattr(case, name, max(value, getattr(case, name)))
        case.category = category or case.category
        case.save(update_fields=_FILLED)
        write_reasons(case, results)
        _settle(case)
    return True


def _put_right(case_id: UUID) -> bool:
    with transaction.atomic():
        case = _free(case_id).filter(_wrong()).first()
        if case is None:
            return False
        if case.state == Case.State.OPEN:  # another round or another text was judged
            results = _describe(case)
            case.save(update_fields=_FILLED)
            CaseReason.objects.filter(case=case).delete()
            write_reasons(case, results)
        _settle(case)
    return True


def _free(case_id: UUID) -> QuerySet[Case]:
    """The case, locked with its turn if nobody else has either: PostgreSQL asks for the turn at the end, for the foreign key
    of a row that was written twice, and who decides has it then and waits for the case.
    """
    rows = Case.objects.select_for_update(no_key=True, skip_locked=True, of=("self", "turn"))
    return rows.select_related("turn__conversation").filter(pk=case_id)


def _astray(most: int) -> list[UUID]:
    """Cases in a lane that is not theirs. Both look through what a lane's or a day's index holds, never through all."""
    open_lanes = [lane for lane in Case.Lane if lane != Case.Lane.CLOSED]
    waiting = Case.objects.filter(_wrong(), lane__in=open_lanes)
    again = Case.objects.filter(_wrong(), lane=Case.Lane.CLOSED, opened_at__gt=timezone.now() - _LATELY)
    return [pk for rows in (waiting, again) for pk in rows.values_list("pk", flat=True)[:most]]


def _wrong() -> Q:
    is_open, closed, unchecked = Q(state=Case.State.OPEN), Case.Lane.CLOSED, Case.Lane.UNCHECKED
    judged = Q(lane=unchecked) & ~Q(kind=Case.Kind.UNCHECKED)
    return (~is_open & ~Q(lane=closed)) | (is_open & (Q(lane=closed) | judged))


def _describe(case: Case) -> list[dict[str, object]]:
    """From the rows that it is about; the results that objected to it."""
    results = last_results(case.turn_id)
    exposures = Exposure.objects.filter(turn=case.turn_id).values("person_id", "characters")
    kept = Candidate.objects.filter(turn=case.turn_id).values_list("body", flat=True).first()
    describe(case, results, list(exposures), kept or "")
    return results


def _settle(case: Case) -> None:
    """Its place, and how long it had waited for a decision: its process did not count."""
    decided = case.state in {Case.State.RELEASED, Case.State.UPHELD}
    if decided and case.closed_at and case.waited is None:
        waited = max(0, int((case.closed_at - case.opened_at).total_seconds()))
        Case.objects.filter(pk=case.pk).update(waited=waited)
    move_case(case)
