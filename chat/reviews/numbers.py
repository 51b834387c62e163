"""The desk's numbers over the last days: each answers one question by one or two statements, however many cases there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from .. import permissions
from ..models import Case, CaseReason, Category, CheckResult, User
from ..moments import midnight

RANGES = (7, 30, 90)  # days
_RULES = 25  # rows
# Until a decision: up to so many seconds, and in words.
WAITS = (
    ("under 10 minutes", 600),
    ("under an hour", 3600),
    ("under 8 hours", 8 * 3600),
    ("under a day", 24 * 3600),
    ("longer", None),
)
# Characters that somebody had been shown, up to.
SHOWN = (
    ("nothing", 0),
    ("up to 100", 100),
    ("up to 1,000", 1000),
    ("more", Case.UNKNOWN - 1),
    ("not known", None),
)


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `total`: a rule's releases among its decisions, a checker's failures among its judgements."""

    name: str
    part: int
    total: int
    more: int = 0

    @property
    def rate(self) -> float | None:
        """Per cent; None of nothing."""
        return 100 * self.part / self.total if self.total else None

    @property
    def width(self) -> str:
        """The rate as a drawing has it."""
        return f"{self.rate or 0:.1f}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """`days`: from the first to today, each with how many cases were opened for what (in words). `median`: seconds."""

    days: list[tuple[date, Counter[str]]]
    reasons: list[str]
    cases: int
    waits: list[tuple[str, int]]
    decided: int
    median: int | None
    rules: list[Share]
    checkers: list[Share]
    exposure: list[tuple[str, int]]
    characters: int
    readers: int


def numbers(viewer: User, days: int) -> Numbers:
    """Raises PermissionDenied."""
    permissions.check_can_see_numbers(viewer)
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    since = midnight(first)
    opened = Case.objects.filter(opened_at__gte=since)
    per_day = _per_day(since, first, days)
    totals: Counter[str] = Counter()
    for _, counts in per_day:
        totals.update(counts)
    decided = Case.objects.filter(closed_at__gte=since, waited__isnull=False)
    waits = _buckets(decided, "waited", WAITS)
    exposed = opened.exclude(kind=Case.Kind.REPORTED)
    known = exposed.exclude(shown=Case.UNKNOWN).aggregate(characters=Sum("shown"), readers=Sum("readers"))
    return Numbers(
        days=per_day,
        reasons=[name for name, _ in totals.most_common()],
        cases=totals.total(),
        waits=waits,
        decided=sum(count for _, count in waits),
        median=_median(decided, sum(count for _, count in waits)),
        rules=_rules(since),
        checkers=_checkers(since),
        exposure=_buckets(exposed, "shown", SHOWN),
        characters=known["characters"] or 0,
        readers=known["readers"] or 0,
    )


def _per_day(since: datetime, first: date, days: int) -> list[tuple[date, Counter[str]]]:
    rows = (
        Case.objects.filter(opened_at__gte=since)
        .annotate(day=TruncDate("opened_at"))
        .values_list("day", "category", "kind")
        .annotate(count=Count("pk"))
        .order_by()
    )
    found = {first + timedelta(days=number): Counter[str]() for number in range(days)}
    for day, category, kind, count in rows:
        if day in found:
            found[day][_reason(category, kind)] += count
    return list(found.items())


def _reason(category: str, kind: str) -> str:
    if kind == Case.Kind.REPORTED:
        return "Reported by its person"
    if kind == Case.Kind.UNCHECKED or not category:
        return "Could not be checked"
    return str(Category(category).label)


def _buckets(rows: object, column: str, limits: tuple[tuple[str, int | None], ...]) -> list[tuple[str, int]]:
    """How many rows lie up to each limit and above the one before it, by one statement."""
    counts: Mapping[str, Count] = {}
    least: int | None = None
    for number, (_, most) in enumerate(limits):
        within = Q() if least is None else Q(**{f"{column}__gt": least})
        if most is not None:
            within &= Q(**{f"{column}__lte": most})
        counts = {**counts, f"bucket{number}": Count("pk", filter=within)}
        least = most
    found = rows.aggregate(**counts)  # type: ignore[attr-defined]
    return [(name, found[f"bucket{number}"]) for number, (name, _) in enumerate(limits)]


def _median(rows: QuerySet[Case], count: int) -> int | None:
    """None of nothing, and where what was counted a moment ago is no longer there: a decision may have been undone meanwhile."""
    return rows.order_by("waited").values_list("waited", flat=True)[count // 2 :].first()


def _rules(since: datetime) -> list[Share]:
    """The rules that objected most; of those decided how many were released, which is how often the rule was wrong."""
    state = Case.State
    rows = (
        CaseReason.objects.filter(case__opened_at__gte=since)
        .values_list("rule")
        .annotate(
            released=Count("pk", filter=Q(case__state=state.RELEASED)),
            upheld=Count("pk", filter=Q(case__state=state.UPHELD)),
            cases=Count("pk"),
        )
        .order_by("-cases", "rule")
    )
    return [
        Share(rule, released, released + upheld, cases) for rule, released, upheld, cases in rows[:_RULES]
    ]


def _checkers(since: datetime) -> list[Share]:
    rows = (
        CheckResult.objects.filter(created_at__gte=since)
        .values_list("checker")
        .annotate(failed=Count("pk", filter=Q(outcome="error")), every=Count("pk"))
        .order_by("-failed", "checker")
    )
    return [Share(checker, failed, every) for checker, failed, every in rows[:_RULES]]
