"""How many cases each choice of the queue's filters would leave, counted over the first MOST of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group

from ..models import Assistant, Case, CaseReason, User
from .filters import AGE_WORDS, KINDS, STATES, Filter, Lane, of_others

MOST = 1000  # cases; past that a count says "of the first 1,000"
_COLUMNS = ("pk", "kind", "state", "assistant_id", "owner_id")
_CHOICES = 40  # of one filter, the most frequent ones


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter: its name in the address, its title, and what may be chosen."""

    name: str
    title: str
    choices: list[Choice]

    @property
    def chosen(self) -> bool:
        return any(choice.chosen for choice in self.choices)


def facets(wanted: Filter, viewer: User) -> list[Facet]:
    """Each filter with its choices. A filter that is set is counted as though it were not, so that another can be chosen.

    The number of queries depends on how many filters are set, never on how many cases there are.
    """
    made: dict[str, _Sample] = {}

    def sample(name: str) -> _Sample:
        rest = wanted.without(name)
        key = rest.query()
        if key not in made:
            made[key] = _Sample(rest, viewer)
        return made[key]

    found = [
        _fixed("kind", "Kind", KINDS, sample("kind").column("kind"), wanted.kind),
        _counted("rule", "Reason", sample("rule").reasons("rule"), wanted.rule),
        _counted("checker", "Checker", sample("checker").reasons("checker"), wanted.checker),
        _named(
            "assistant",
            "Assistant",
            sample("assistant").column("assistant_id"),
            wanted.assistant,
            _assistants,
        ),
        _named("group", "Group", sample("group").groups(), wanted.group, _groups),
        _named("person", "Person", sample("person").column("owner_id"), wanted.person, _people),
        _fixed("state", "Outcome", STATES, sample("state").column("state"), wanted.state),
        _fixed("age", "Waiting" if wanted.lane != Lane.CLOSED else "Opened", AGE_WORDS, None, wanted.age),
    ]
    left_out = {"state"} if wanted.lane != Lane.CLOSED else {"kind"}
    if wanted.lane != Lane.WAITING:
        left_out.add("kind")
    return [facet for facet in found if facet.name not in left_out and facet.choices]


def lane_counts(viewer: User) -> dict[str, int]:
    """How many wait in each open lane, at most MOST + 1."""
    return {
        lane: of_others(viewer).filter(lane=lane, state=Case.State.OPEN)[: MOST + 1].count()
        for lane in (Lane.WAITING, Lane.ESCALATED, Lane.UNCHECKED)
    }


class _Sample:
    """The first MOST cases of a filter, read once."""

    def __init__(self, wanted: Filter, viewer: User) -> None:
        rows = wanted.ordered(viewer)[:MOST]
        self.cases: list[dict[str, Any]] = [dict(row) for row in rows.values(*_COLUMNS)]
        self._rows = rows
        self._said: list[dict[str, Any]] | None = None

    def column(self, name: str) -> Counter[Any]:
        return Counter(case[name] for case in self.cases if case[name] is not None)

    def reasons(self, name: str) -> Counter[Any]:
        if self._said is None:
            inner = self._rows.values("pk")
            said = CaseReason.objects.filter(case__in=inner).values("case_id", "rule", "checker")
            self._said = [dict(row) for row in said]
        return Counter(value for _, value in {(row["case_id"], row[name]) for row in self._said})

    def groups(self) -> Counter[Any]:
        owners = self.column("owner_id")
        through = User.groups.through.objects.filter(user__in=list(owners)[:MOST])
        found: Counter[Any] = Counter()
        for person, group in through.values_list("user_id", "group_id"):
            found[group] += owners[person]
        return found


def _fixed(name: str, title: str, words: dict[str, str], counts: Counter[Any] | None, chosen: str) -> Facet:
    choices = [
        Choice(value, label, None if counts is None else counts[value], value == chosen)
        for value, label in words.items()
        if counts is None or counts[value] or value == chosen
    ]
    return Facet(name, title, choices)


def _counted(name: str, title: str, counts: Counter[Any], chosen: str) -> Facet:
    most = _most(counts, chosen)
    return Facet(
        name, title, [Choice(value, value, count, value == chosen) for value, count in most if value]
    )


def _named(name: str, title: str, counts: Counter[Any], chosen: str, names: Any) -> Facet:
    most = _most(counts, int(chosen) if chosen else None)
    known = names([key for key, _ in most])
    choices = [Choice(str(key), known[key], count, str(key) == chosen) for key, count in most if key in known]
    return Facet(name, title, choices)


def _most(counts: Counter[Any], chosen: Any) -> list[tuple[Any, int]]:
    """The most frequent ones, and behind them the one that is chosen, which a page without it would drop at its next change."""
    most = counts.most_common(_CHOICES)
    return most if not chosen or chosen in dict(most) else [*most, (chosen, counts[chosen])]


def _assistants(keys: Iterable[int]) -> dict[int, str]:
    return dict(Assistant.objects.filter(pk__in=keys).values_list("pk", "name"))


def _groups(keys: Iterable[int]) -> dict[int, str]:
    return dict(Group.objects.filter(pk__in=keys).values_list("pk", "name"))


def _people(keys: Iterable[int]) -> dict[int, str]:
    return {person.pk: person.name for person in User.objects.filter(pk__in=keys)}


__all__ = ["MOST", "Choice", "Facet", "facets", "lane_counts"]
