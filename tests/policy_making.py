"""Policies for tests, made the way an administrator makes them."""

from typing import Any

from django.contrib.auth.models import Permission

from chat import policies
from chat.models import Policy, PolicyVersion, User
from chat.policies import drafting
from tests.factories import person

LAKE = {
    "title": "A lake", "reason": "Lakes are secret here.", "words": ["lake"], "action": "block",
    "directions": ["input", "output"], "positives": ["the lake"], "negatives": ["the sea"],
}  # fmt: skip


def manager(name: str = "mia") -> User:
    found = person(name)
    found.user_permissions.add(Permission.objects.get(codename="manage_policies"))
    return User.objects.get(pk=found.pk)


def policy(name: str = "Strict", **fields: Any) -> Policy:
    """Off, with a first version that says nothing. For everybody, unless `fields` say otherwise."""
    return policies.save_policy(manager(), None, {"name": name, "everyone": True, **fields})


def draft(row: Policy, definition: dict[str, Any]) -> PolicyVersion:
    return policies.save_version(manager(), policies.latest_version(row), definition)


def with_rule(row: Policy, **rule: Any) -> PolicyVersion:
    """Its latest version with one more rule."""
    definition, _ = drafting.with_rule(policies.latest_version(row).definition, "", LAKE | rule)
    return draft(row, definition)


def switch_on(version: PolicyVersion, reason: str = "Tried.") -> PolicyVersion:
    row = Policy.objects.get(pk=version.policy_id)
    policies.activate(manager(), version, reason, row.active_id)
    return version


def strict(
    name: str = "Strict", *, mode: str = "post", rule: dict[str, Any] | None = None, **fields: Any
) -> Policy:
    """A policy that is on: LAKE, or another `rule`, and a mode."""
    row = policy(name, **fields)
    definition, _ = drafting.with_rule(policies.latest_version(row).definition, "", LAKE | (rule or {}))
    switch_on(draft(row, drafting.with_mode(definition, mode, reasoning=True)))
    return Policy.objects.get(pk=row.pk)
