"""The queue: who waits for a reviewer, and what was decided lately. It shows reasons, never text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.timesince import timesince

from .. import permissions, turns
from ..models import Case, CaseReason, Decision, User
from .filters import Filter, of_others
from .places import case_at, place_of

PAGE = 50  # cases


@dataclass(slots=True)
class Entry:
    """One line of the queue. `reasons` are sentences for reviewers, the gravest first; `rules` their names; `last` is the
    decision that stands. `step`: how far it had been shown (0 to 3).
    """

    case: Case
    person: str
    assistant: str
    step: int
    claimed: str
    mine: bool
    reasons: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    last: Decision | None = None

    @property
    def waiting(self) -> str:
        """For how long, in one unit."""
        waited = timezone.now() - self.case.opened_at
        return "just now" if waited.total_seconds() < 60 else timesince(self.case.opened_at, depth=1)

    @property
    def unknown(self) -> bool:
        return self.case.shown == Case.UNKNOWN


@dataclass(frozen=True, slots=True)
class Page:
    """`after` leads to the next page, "" where there is none; `since` is the moment that the page shows."""

    entries: list[Entry]
    after: str
    since: datetime


def page(viewer: User, wanted: Filter, after: str = "") -> Page:
    """A page of the queue from behind a place on. Its cases stay where they are when others arrive before them.

    Raises PermissionDenied.
    """
    permissions.check_can_open_desk(viewer)
    since = timezone.now()
    rows = _loaded(wanted.ordered(viewer))
    if last := case_at(after):
        rows = wanted.after(rows, last)
    found = list(rows[: PAGE + 1])
    more = place_of(found[PAGE - 1]) if len(found) > PAGE else ""
    return Page(entries(viewer, found[:PAGE]), more, since)


def newer(viewer: User, wanted: Filter, since: datetime, most: int = 100) -> int:
    """How many cases of these have been opened since then, at most so many."""
    return wanted.rows(viewer).filter(opened_at__gt=since)[:most].count()


def some(viewer: User, keys: list[Any]) -> list[Entry]:
    """These cases as they are now, in no order; without those that the viewer may not see."""
    permissions.check_can_open_desk(viewer)
    return entries(viewer, list(_loaded(of_others(viewer).filter(pk__in=keys[:PAGE]))))


def open_count() -> int:
    lanes = [Case.Lane.WAITING, Case.Lane.ESCALATED, Case.Lane.UNCHECKED]
    return Case.objects.filter(lane__in=lanes, state=Case.State.OPEN).count()


def entries(viewer: User, cases: list[Case]) -> list[Entry]:
    now = timezone.now()
    found = {case.pk: _entry(viewer, case, now) for case in cases}
    reasons = CaseReason.objects.filter(case__in=list(found)).order_by("-severity", "pk")
    for row in reasons:
        entry = found[row.case_id]
        entry.rules.append(row.rule)
        if row.reason and row.reason not in entry.reasons:
            entry.reasons.append(row.reason)
    closed = [case.pk for case in cases if case.state != Case.State.OPEN]
    if closed:
        for decision in Decision.objects.filter(case__in=closed).select_related("reviewer").order_by("pk"):
            found[decision.case_id].last = decision
    return list(found.values())


def _entry(viewer: User, case: Case, now: datetime) -> Entry:
    holder = case.claimed_by if case.claimed_until and case.claimed_until > now else None
    return Entry(
        case=case,
        person=case.owner.name if case.owner else "",
        assistant=case.assistant.name if case.assistant else "",
        step=turns.shown_step(case.shown, case.length),
        claimed=holder.name if holder else "",
        mine=holder is not None and holder.pk == viewer.pk,
    )


def _loaded(rows: QuerySet[Case]) -> QuerySet[Case]:
    return rows.select_related("owner", "assistant", "claimed_by")
