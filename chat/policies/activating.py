"""Which version judges: switched on, rolled back, put in the shadow, off. Each act has a reason and stands on record."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import audit, permissions
from ..endpoints import Refused
from ..models import Policy, PolicyChange, PolicyVersion
from . import proving, shadows
from .guarding import check_everybody, lock_all

Action = PolicyChange.Action
REASON_MOST = 2000  # characters


class Unproven(Refused):
    """A version that must not judge; `sentences` say why."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def activate(actor: Any, version: PolicyVersion, reason: str, seen: int | None) -> None:
    """Have turns that begin from now on judged by it. `seen` is the active version that the person looked at (its id).

    One that was on before is rolled back to, and its classifiers are not asked to prove themselves again: a way back must
    not depend on what may be the trouble. Raises Unproven, Refused or PermissionDenied.
    """
    permissions.check_can_manage_policies(actor)
    reason = _reason(reason)
    known = PolicyChange.objects.filter(
        version=version, action__in=[Action.ACTIVATE, Action.ROLL_BACK]
    ).exists()
    if sentences := proving.rule_problems(version.definition) if known else proving.problems(version):
        raise Unproven(sentences)
    with transaction.atomic():
        lock_all()
        policy = _locked(version)
        if policy.active_id != seen:
            raise Refused(
                "Meanwhile another version was switched on. Look at what differs now, then decide again."
            )
        if policy.active_id == version.pk:
            raise Refused(f"Version {version.number} is already on.")
        policy.active = version
        if policy.shadow_id == version.pk:
            policy.shadow = None
        policy.save(update_fields=["active", "shadow"])
        check_everybody()
        _record(actor, version, Action.ROLL_BACK if known else Action.ACTIVATE, reason)


def switch_off(actor: Any, policy: Policy, reason: str) -> None:
    """It judges nothing any more, in the shadow neither. Raises Refused or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    reason = _reason(reason)
    with transaction.atomic():
        lock_all()
        _switch_off(actor, Policy.objects.get(pk=policy.pk), reason)


def shadow(actor: Any, version: PolicyVersion) -> None:
    """Have it judge beside what is on, from now on, without a say. Raises Unproven, Refused or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    if sentences := proving.rule_problems(version.definition):
        raise Unproven(sentences)
    with transaction.atomic():
        policy = _locked(version)
        if version.pk in {policy.active_id, policy.shadow_id}:
            raise Refused(f"Version {version.number} judges already.")
        policy.shadow = version
        policy.save(update_fields=["shadow"])
        _record(actor, version, Action.SHADOW, "To be compared with what is on.")


def stop_shadow(actor: Any, policy: Policy) -> None:
    """Raises Refused where none is in the shadow, or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    with transaction.atomic():
        row = Policy.objects.select_for_update(no_key=True).get(pk=policy.pk)
        version = row.shadow
        if version is None:
            raise Refused("No version of this policy is in the shadow.")
        row.shadow = None
        row.save(update_fields=["shadow"])
        _record(actor, version, Action.STOP_SHADOW, "Compared long enough.")


def archive(actor: Any, policy: Policy) -> None:
    """Put it away, switched off. Raises Refused or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    with transaction.atomic():
        lock_all()
        row = Policy.objects.get(pk=policy.pk)
        if row.archived_at:
            return
        row.archived_at = timezone.now()
        row.save(update_fields=["archived_at"])
        if row.active_id or row.shadow_id:
            _switch_off(actor, row, "Archived.")
        audit.record(actor, "policy.archived", row.pk, name=row.name)


def unarchive(actor: Any, policy: Policy) -> None:
    """Take it out again; it stays off until a version is switched on. Raises PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    with transaction.atomic():
        Policy.objects.filter(pk=policy.pk).update(archived_at=None)
        audit.record(actor, "policy.unarchived", policy.pk, name=policy.name)


def _switch_off(actor: Any, row: Policy, reason: str) -> None:
    version, was_on = row.active or row.shadow, row.active is not None
    if version is None:
        raise Refused("This policy is off already.")
    row.active = row.shadow = None
    row.save(update_fields=["active", "shadow"])
    if was_on:
        check_everybody()
    _record(actor, version, Action.SWITCH_OFF if was_on else Action.STOP_SHADOW, reason)


def _locked(version: PolicyVersion) -> Policy:
    assert version.policy_id is not None
    policy = Policy.objects.select_for_update(no_key=True).get(pk=version.policy_id)
    if policy.archived_at:
        raise Refused(f"{policy.name} is archived. Take it out of the archive first.")
    return policy


def _reason(text: str) -> str:
    if not (reason := text.strip()):
        raise Refused("Write the reason in at least a word.", "reason")
    return reason[:REASON_MOST]


def _record(actor: Any, version: PolicyVersion, action: PolicyChange.Action, reason: str) -> None:
    policy = version.policy
    assert policy is not None
    shadows.look_again()
    PolicyChange.objects.create(policy=policy, version=version, action=action, by=actor, reason=reason)
    # The reason is in the change's own row: an audit entry holds nobody's words.
    audit.record(actor, f"policy.{action}", policy.pk, name=policy.name, version=version.number)
