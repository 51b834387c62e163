"""What administrators enter: a policy, whom it is for, and a new version of what it says."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from .. import audit, permissions
from ..endpoints import Refused, outdated
from ..models import Policy, PolicyVersion
from . import drafting, storing
from .guarding import check_everybody, lock_all

FIELDS = ("name", "description", "everyone")
LISTS = ("assistants", "groups")


def mark_of(policy: Policy) -> str:
    """Another one after every `save_policy` that has changed something."""
    lists = [sorted(_ids(getattr(policy, name).all())) for name in LISTS]
    return outdated.mark([getattr(policy, name) for name in FIELDS], lists)


def save_policy(actor: Any, row: Policy | None, fields: Mapping[str, Any], seen: str = "") -> Policy:
    """Store what was entered: some of FIELDS and LISTS. A new one gets a first version that says nothing. `seen`: the
    `mark_of` what was looked at.

    Whom a policy is for counts at once. Raises Refused with a sentence for a field, or PermissionDenied.
    """
    permissions.check_can_manage_policies(actor)
    with transaction.atomic():
        lock_all()
        policy = Policy.objects.get(pk=row.pk) if row is not None else Policy()
        outdated.check(seen, mark_of(policy) if row is not None else "", "policy")
        changed = [name for name in FIELDS if name in fields and getattr(policy, name) != fields[name]]
        for name in changed:
            setattr(policy, name, fields[name])
        if not policy.name.strip():
            raise Refused("Give the policy a name.", "name")
        try:
            with transaction.atomic():
                policy.save()
        except IntegrityError:
            raise Refused(
                f"There is another policy of the name {policy.name}; choose another name.", "name"
            ) from None
        for name in LISTS:
            if name in fields and _ids(fields[name]) != _ids(getattr(policy, name).all()):
                getattr(policy, name).set(fields[name])
                changed.append(name)
        check_everybody()
        if row is None:
            storing.new_version(policy.pk, 1, drafting.EMPTY, author=actor, note="The first version")
        if changed:
            action = "policy.created" if row is None else "policy.changed"
            audit.record(actor, action, policy.pk, name=policy.name, changed=changed)
    return policy


def save_version(
    actor: Any, base: PolicyVersion, definition: Mapping[str, Any], note: str = ""
) -> PolicyVersion:
    """What the policy of `base`, its latest version, says from now on: a draft, until it is switched on. `base` itself
    where it says that already.

    Raises Refused where there is a newer version than `base`, or a rule that cannot be used; or PermissionDenied.
    """
    with transaction.atomic():
        made = store_draft(actor, base, definition, note)
        if made.pk != base.pk:
            record_draft(actor, made)
    return made


def store_draft(
    actor: Any, base: PolicyVersion, definition: Mapping[str, Any], note: str = ""
) -> PolicyVersion:
    """As `save_version`, for a transaction that has more to write before it calls `record_draft`."""
    permissions.check_can_manage_policies(actor)
    definition = drafting.normal(definition)
    if definition == drafting.normal(base.definition):
        return base
    assert base.policy_id is not None
    with transaction.atomic():
        policy = Policy.objects.select_for_update(no_key=True).get(pk=base.policy_id)
        latest = latest_version(policy)
        if latest.pk != base.pk:
            author = f" by {latest.author}" if latest.author else ""
            raise Refused(
                f"Meanwhile version {latest.number} was saved{author}. Reload the page and change that one."
            )
        made = storing.new_version(
            policy.pk, (latest.number or 0) + 1, definition, author=actor, note=note[:300]
        )
        made.policy = policy
    return made


def record_draft(actor: Any, made: PolicyVersion) -> None:
    """The last thing of the transaction that has stored it."""
    assert made.policy is not None
    audit.record(actor, "policy.drafted", made.policy.pk, name=made.policy.name, version=made.number)


def latest_version(policy: Policy) -> PolicyVersion:
    """The draft, or what is on where nothing was changed since."""
    return policy.versions.select_related("author").order_by("-number")[0]


def _ids(rows: Iterable[Any]) -> set[int]:
    return {row.pk for row in rows}
