"""The queue: who waits for a reviewer, and what was decided lately. It shows reasons, never text."""

from dataclasses import dataclass, field

from django.db.models import QuerySet

from ..models import Case, CheckResult, Decision, User

PAGE = 50  # cases


@dataclass(slots=True)
class Entry:
    """One line of the queue. `reasons` are sentences for reviewers; `decisions` are oldest first."""

    case: Case
    person: str
    reasons: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def open_entries(limit: int = PAGE) -> tuple[list[Entry], bool]:
    """Open cases, the longest waiting first, and whether there are more."""
    rows = list(_cases().filter(state=Case.State.OPEN).order_by("opened_at", "pk")[: limit + 1])
    return _entries(rows[:limit]), len(rows) > limit


def closed_entries(limit: int = 20) -> list[Entry]:
    """Cases that were closed last, newest first."""
    return _entries(list(_cases().exclude(state=Case.State.OPEN).order_by("-closed_at", "pk")[:limit]))


def open_count() -> int:
    return Case.objects.filter(state=Case.State.OPEN).count()


def _cases() -> QuerySet[Case]:
    return Case.objects.select_related("turn__conversation__owner").prefetch_related("decisions__reviewer")


def _entries(cases: list[Case]) -> list[Entry]:
    entries = {case.turn_id: Entry(case, person_name(case.turn.conversation.owner)) for case in cases}
    rows = (
        CheckResult.objects.filter(turn__in=list(entries))
        .order_by("pk")
        .values_list("turn_id", "findings", "outcome")
    )
    for turn_id, findings, outcome in rows:
        reasons = entries[turn_id].reasons
        said = [finding["reason"] for finding in findings] if outcome == "flag" else []
        reasons.extend(reason for reason in dict.fromkeys(said) if reason not in reasons)
    for entry in entries.values():
        entry.decisions = sorted(entry.case.decisions.all(), key=lambda decision: decision.pk)
    return list(entries.values())


def person_name(person: User) -> str:
    return person.get_full_name() or person.get_username()
