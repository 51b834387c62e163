"""What was decided before: about the same person, and by the same rules. Each reads a set number of rows."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Q

from ..models import Case, CaseReason, Decision, User

_LAST = 20  # of a person's cases
_ALIKE = 50  # decided cases of one rule
_RULES = 3  # rules of a case, the gravest first
_SHOWN = 5


@dataclass(slots=True)
class Earlier:
    """The person's last cases, this one left out: the newest of them, and how many of LAST ended how."""

    cases: list[Case]
    counts: dict[str, int]
    total: int


@dataclass(slots=True)
class Alike:
    """How the last cases with one rule were decided, and the newest decisions themselves."""

    rule: str
    decided: int
    released: int
    decisions: list[Decision] = field(default_factory=list)

    @property
    def rate(self) -> int:
        """Per cent that were released: the rule's false alarms."""
        return round(100 * self.released / self.decided) if self.decided else 0


def earlier(case: Case) -> Earlier:
    rows = Case.objects.filter(owner=case.owner_id).exclude(pk=case.pk).order_by("-opened_at")
    found = list(rows[:_LAST]) if case.owner_id else []
    counts = Counter(row.state for row in found)
    return Earlier(found[:_SHOWN], dict(counts), len(found))


def alike(viewer: User, case: Case, rules: list[str]) -> list[Alike]:
    found = []
    for rule in rules[:_RULES]:
        rows = CaseReason.objects.filter(rule=rule, lane=Case.Lane.CLOSED).exclude(case=case)
        rows = rows.filter(~Q(case__owner=viewer), case__owner__isnull=False).order_by("place")
        states = dict(rows.values_list("case", "case__state")[:_ALIKE])
        counts = Counter(states.values())
        decided = counts[Case.State.RELEASED] + counts[Case.State.UPHELD]
        if not decided:
            continue
        newest = [key for key, state in states.items() if state != Case.State.PASSED][:_SHOWN]
        decisions = Decision.objects.filter(case__in=newest).exclude(action=Decision.Action.UNDO)
        last = {row.case_id: row for row in decisions.select_related("reviewer", "case").order_by("pk")}
        found.append(
            Alike(
                rule, decided, counts[Case.State.RELEASED], [last[key] for key in newest if key in last][:3]
            )
        )
    return found
