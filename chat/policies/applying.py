"""Which policies apply to a turn, and the one version that they come to."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from .. import conf
from ..models import Bypass, Policy, PolicyVersion, Turn, User
from ..models.prepared import Select
from . import environment, storing
from .composing import compose


class Applied(NamedTuple):
    """A policy that applies: its `active` version, and the `bypass` that is on (its id), the same in each of them."""

    policy: int
    active: int
    everyone: bool
    bypass: int | None


def applies_to(person: Any, assistant: Any) -> Q:
    """Policies for a turn of this person (an id) with this assistant (an id, or None)."""
    by_assistant = Policy.assistants.through.objects.filter(policy=OuterRef("pk"), assistant=assistant)
    by_group = Policy.groups.through.objects.filter(policy=OuterRef("pk"), group__user=person)
    return Q(archived_at=None) & (Q(everyone=True) | Exists(by_assistant) | Exists(by_group))


def _statement(slot: Any) -> QuerySet[Policy, tuple]:
    running = Bypass.objects.filter(ended_at=None, until__gt=slot("now")).order_by("pk")
    rows = Policy.objects.filter(applies_to(slot("person"), slot("assistant")), active__isnull=False)
    rows = rows.annotate(bypass=Subquery(running.values("pk")[:1])).order_by("pk")
    return rows.values_list("pk", "active_id", "everyone", "bypass")


_applied = Select(_statement)


def applied(person_id: int, assistant_id: int | None) -> list[Applied]:
    """The policies that are on for this person and assistant. Never none for everybody."""
    environment.follow_once()

    def ask() -> list[Applied]:
        # No row has a key of -1.
        assistant = -1 if assistant_id is None else assistant_id
        rows = _applied(person=person_id, assistant=assistant, now=timezone.now())
        return [Applied(*row) for row in rows]

    found = ask()
    if not any(each.everyone for each in found):
        environment.follow()
        found = ask()
    if not any(each.everyone for each in found):
        # The environment's policy is off and nobody's is in its place, which no page allows: its settings count all the same.
        basic = storing.current(conf.policy_definition())
        found.insert(0, Applied(0, basic.pk, True, found[0].bypass if found else None))
    return found


def for_turn(person: User, assistant_id: int | None) -> PolicyVersion:
    """The version by which a turn is judged that this person begins now with this assistant. One statement, and one more
    where this process meets this version for the first time.
    """
    found = applied(person.pk, assistant_id)
    return composite([each.active for each in found], found[0].bypass)


def mode_of(turn: Turn) -> str:
    """When the text of this turn's answer may be seen: post, window or full."""
    loaded = Turn.policy.is_cached(turn)
    row = turn.policy if loaded else storing.version(turn.policy_id)
    return str(row.definition["mode"])


def composite(versions: Sequence[int], bypass: int | None = None) -> PolicyVersion:
    """What these versions (their ids, in the order of their policies) come to together: one alone is that itself."""
    if len(versions) == 1 and bypass is None:
        return storing.version(versions[0])
    key = (*versions, bypass)
    if known := storing.recall(key):
        return known
    definitions = [storing.version(each).definition for each in versions]
    definition = compose(definitions, bypass) | {"of": list(versions)}
    return storing.keep(key, storing.current(definition))


def with_version(version: PolicyVersion, person_id: int, assistant_id: int | None) -> PolicyVersion | None:
    """What would judge a turn of theirs if this version were its policy's active one; None where that does not apply."""
    assert version.policy_id is not None
    rows = Policy.objects.filter(applies_to(person_id, assistant_id)).order_by("pk")
    found = dict(rows.values_list("pk", "active_id"))
    if version.policy_id not in found:
        return None
    found[version.policy_id] = version.pk
    return composite([active for active in found.values() if active is not None])
