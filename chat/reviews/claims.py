"""Who is at a case: a claim is a lease that frees itself, taken by one statement, and renewed while its page is open."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from .. import audit, live, permissions
from ..models import Case, CaseEntry, User
from .filters import Filter, Lane
from .stale import Stale, what_happened, who_has_it

LEASE = timedelta(minutes=10)
_TRIES = 20  # times that somebody else may be faster before it is said that nothing is there


def free_for(reviewer: User, now: datetime | None = None) -> Q:
    """Cases that nobody else is at."""
    now = now or timezone.now()
    return Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_by=reviewer)


def claim(reviewer: User, case_id: UUID) -> Case:
    """Take a case, or keep it for another LEASE. Raises PermissionDenied, Case.DoesNotExist, and Stale where another has it."""
    case = _found(case_id)
    permissions.check_can_decide(reviewer, case)
    with transaction.atomic():
        if not _take(reviewer, case):
            raise Stale(_why_not(case_id))
        audit.record(reviewer, "case.claim", case.pk, reference=case.reference)
    return case


def next_case(reviewer: User, wanted: Filter, behind: Case | None = None) -> Case | None:
    """Claim the best case of these that nobody is at; None where there is none. Escalated ones come first for who may
    decide them. `behind`: the reviewer has just left this one for later, and those before it.

    Of several who ask at once each is given another.
    """
    permissions.check_can_review(reviewer)
    for rows in _searched(reviewer, wanted, behind):
        for _ in range(_TRIES):
            with transaction.atomic():
                # On PostgreSQL past what others are just taking; SQLite has one writer at a time.
                case = rows.select_for_update(skip_locked=True).first()
                if case is None:
                    break
                if _take(reviewer, case):
                    audit.record(reviewer, "case.claim", case.pk, reference=case.reference)
                    return case
    return None


def renew(reviewer: User, case_id: UUID) -> None:
    """Keep it while its page is open. Raises Stale where it is no longer the reviewer's."""
    mine = Case.objects.filter(pk=case_id, claimed_by=reviewer, state=Case.State.OPEN)
    # One that has run out and that nobody has taken is still theirs.
    if not mine.update(claimed_until=timezone.now() + LEASE):
        raise Stale(_why_not(case_id))


def let_go(reviewer: User, case_id: UUID) -> None:
    """Leave it to others, where it waits still."""
    with transaction.atomic():
        mine = Case.objects.filter(pk=case_id, claimed_by=reviewer, state=Case.State.OPEN)
        if mine.update(claimed_until=None, claimed_by=None):
            live.tell_desk(case_id)
            reference = Case.objects.values_list("reference", flat=True).get(pk=case_id)
            audit.record(reviewer, "case.leave", case_id, reference=reference)


def take_over(reviewer: User, case_id: UUID, reason: str, version: int) -> Case:
    """Take it from who is at it, with a reason on record. Raises PermissionDenied, Case.DoesNotExist and Stale."""
    permissions.check_is_senior(reviewer)
    case = _found(case_id)
    permissions.check_can_decide(reviewer, case)
    now = timezone.now()
    with transaction.atomic():
        rows = Case.objects.filter(pk=case_id, state=Case.State.OPEN, version=version)
        # What whoever had it still has on their page is of an older version from now on.
        taken = {
            "claimed_by": reviewer,
            "claimed_at": now,
            "claimed_until": now + LEASE,
            "version": version + 1,
        }
        if not rows.update(**taken):
            raise Stale(_why_not(case_id))
        CaseEntry.objects.create(case=case, by=reviewer, kind=CaseEntry.Kind.TAKE_OVER, words=reason)
        live.tell_desk(case_id)
        audit.record(
            reviewer, "case.take_over", case.pk, reference=case.reference, from_person=case.claimed_by_id
        )
    return case


def _searched(reviewer: User, wanted: Filter, behind: Case | None) -> list[QuerySet[Case]]:
    found: list[QuerySet[Case]] = []
    lanes = [wanted.lane]
    if wanted.lane == Lane.WAITING and permissions.is_senior(reviewer):
        lanes.insert(0, Lane.ESCALATED)
    for lane in lanes:
        if lane == Lane.CLOSED or (lane == Lane.ESCALATED and not permissions.is_senior(reviewer)):
            continue
        here = Filter(**{**_fields(wanted), "lane": lane})
        rows = here.ordered(reviewer).filter(free_for(reviewer), _allowed(reviewer))
        if behind is not None:
            rows = rows.exclude(pk=behind.pk)
            if behind.lane == lane:
                found.append(here.after(rows, behind))
        found.append(rows)
    return found


def _allowed(reviewer: User) -> Q:
    """Whatever its lane says, and though it was escalated a moment ago."""
    return Q() if permissions.is_senior(reviewer) else Q(escalated_at=None)


def _fields(wanted: Filter) -> dict[str, str]:
    return {"lane": wanted.lane, "sort": wanted.sort, **wanted.asked}


def _take(reviewer: User, case: Case) -> bool:
    now = timezone.now()
    rows = Case.objects.filter(free_for(reviewer, now), _allowed(reviewer), pk=case.pk, state=Case.State.OPEN)
    mine = case.claimed_by_id == reviewer.pk and case.claimed_until and case.claimed_until > now
    since = case.claimed_at if mine else now
    if not rows.update(claimed_by=reviewer, claimed_at=since, claimed_until=now + LEASE):
        return False
    case.claimed_by, case.claimed_at, case.claimed_until = reviewer, since, now + LEASE
    live.tell_desk(case.pk)
    return True


def _why_not(case_id: UUID) -> str:
    case = Case.objects.select_related("claimed_by").get(pk=case_id)
    held = case.state == Case.State.OPEN and case.claimed_until and case.claimed_until > timezone.now()
    return who_has_it(case) if held and case.claimed_by else what_happened(case_id)


def _found(case_id: UUID) -> Case:
    return Case.objects.select_related("owner", "claimed_by").get(pk=case_id)
