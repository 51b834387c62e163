"""Which cases of the queue are looked at: a lane, what is asked of them, and their order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from ..models import Case, CaseReason, User

Lane = Case.Lane
LANES = {
    Lane.WAITING: "To decide",
    Lane.ESCALATED: "Escalated",
    Lane.UNCHECKED: "Unchecked",
    Lane.CLOSED: "Decided",
}
SORTS = {"urgency": "Most urgent first", "age": "Longest waiting first", "shown": "Shown furthest first"}
KINDS = {"flagged": "Flagged", "reported": "Reported"}
STATES = {"released": "Released", "upheld": "Upheld", "passed": "Passed by itself"}
# Waiting for longer than that, in hours; of decided cases: opened longer ago.
AGES = {"1h": 1, "1d": 24, "7d": 7 * 24}
AGE_WORDS = {"1h": "More than an hour", "1d": "More than a day", "7d": "More than a week"}
_ORDER = {"urgency": ("place", "id"), "age": ("opened_at", "id"), "shown": ("-shown", "opened_at", "id")}
_WORD = 80  # characters
_FEW = 2000  # cases


def of_others(viewer: User) -> QuerySet[Case]:
    """Cases that are known to be somebody else's. Those of a process of the version before wait for the sweep, which fills in
    whose they are.
    """
    return Case.objects.filter(~Q(owner=viewer), owner__isnull=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty fields ask for nothing. `assistant`, `group` and `person` are ids."""

    lane: str = Lane.WAITING.value
    sort: str = "urgency"
    kind: str = ""
    rule: str = ""
    checker: str = ""
    assistant: str = ""
    group: str = ""
    person: str = ""
    state: str = ""
    age: str = ""

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Filter:
        """From an address or a form; what it does not know it ignores."""
        # PostgreSQL knows no text with a NUL.
        words = {field.name: str(query.get(field.name, "")).replace("\0", "") for field in fields(cls)}
        said = {name: word.strip()[:_WORD] for name, word in words.items()}
        allowed: dict[str, Collection[str]] = {
            "lane": LANES,
            "sort": SORTS,
            "kind": KINDS,
            "state": STATES,
            "age": AGES,
        }
        kept = {name: value for name, value in said.items() if value and value in allowed.get(name, (value,))}
        for name in ("assistant", "group", "person"):
            if not (
                kept.get(name, "0").isascii()
                and kept.get(name, "0").isdecimal()
                and len(kept.get(name, "")) < 10
            ):
                del kept[name]
        made = cls(**kept)
        if made.lane == Lane.CLOSED:
            return replace(made, sort="urgency")
        return replace(made, state="")

    @property
    def asked(self) -> dict[str, str]:
        """What is asked for beside lane and order."""
        names = [field.name for field in fields(self) if field.name not in {"lane", "sort"}]
        return {name: value for name in names if (value := getattr(self, name))}

    def query(self, **changes: str) -> str:
        """For an address: what differs from the queue's own page."""
        changed = replace(self, **changes)
        usual = Filter()
        said = {field.name: getattr(changed, field.name) for field in fields(self)}
        return urlencode({name: value for name, value in said.items() if value != getattr(usual, name)})

    def without(self, *names: str) -> Filter:
        return replace(self, **dict.fromkeys(names, ""))

    def rows(self, viewer: User) -> QuerySet[Case]:
        """These cases, in no order. Never the viewer's own."""
        rows = of_others(viewer).filter(lane=self.lane)
        if self.lane != Lane.CLOSED:
            # A process of the version before decides without moving a case to its lane.
            rows = rows.filter(state=Case.State.OPEN)
        for name in ("kind", "assistant", "state"):
            if value := getattr(self, name):
                rows = rows.filter(**{name: value})
        if self.person:
            rows = rows.filter(owner=int(self.person))
        if self.group:
            rows = rows.filter(owner__in=User.objects.filter(groups=int(self.group)).values("pk"))
        if self.age:
            rows = rows.filter(opened_at__lt=timezone.now() - timedelta(hours=AGES[self.age]))
        return rows.filter(self._reasons()) if self.rule or self.checker else rows

    def _reasons(self) -> Q:
        found = Q()
        for name in ("rule", "checker"):
            if value := getattr(self, name):
                # The lane stands in a reason's row too, so that its index has those of the lane alone.
                rows = CaseReason.objects.filter(lane=self.lane, **{name: value})
                if rows[: _FEW + 1].count() <= _FEW:
                    found &= Q(pk__in=rows.values("case"))
                else:  # many: in the order of the queue the first of them are soon met
                    # By place too, which the reasons' index ends with: without it SQLite looks through all of the rule's.
                    met = rows.filter(place=OuterRef("place"), case=OuterRef("pk"))
                    found &= Q(Exists(met))
        return found

    def ordered(self, viewer: User) -> QuerySet[Case]:
        return self.rows(viewer).order_by(*_ORDER[self.sort])

    def after(self, rows: QuerySet[Case], case: Case) -> QuerySet[Case]:
        """Those behind a case, wherever it stood when the page was made."""
        # The first condition of each is implied by the second, and is what an index takes.
        if self.sort == "urgency":
            behind = Q(place__gt=case.place) | Q(place=case.place, pk__gt=case.pk)
            return rows.filter(behind, place__gte=case.place)
        later = Q(opened_at__gt=case.opened_at) | Q(opened_at=case.opened_at, pk__gt=case.pk)
        if self.sort == "age":
            return rows.filter(later, opened_at__gte=case.opened_at)
        return rows.filter(Q(shown__lt=case.shown) | (Q(shown=case.shown) & later), shown__lte=case.shown)
