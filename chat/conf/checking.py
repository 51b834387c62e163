"""What judges: the checkers that a policy requires, and the gate of its mode."""

import functools
import json
from typing import Any

from django.conf import settings

from .. import moderation
from ..models import PolicyVersion
from .clients import poster


def policy_definition() -> dict[str, Any]:
    """The checks the settings ask for, as a policy version stores them; secrets are named, never held."""
    checkers: list[dict[str, Any]] = [{"kind": "rules", "pack": "starter"}]
    if settings.CHAT_MODERATION_URL:
        # Where it is reached and with which key are today's: an old version must not send a new key elsewhere.
        checkers.append({"kind": "endpoint", "model": settings.CHAT_MODERATION_MODEL})
    found: dict[str, Any] = {"mode": "post", "checkers": checkers}
    # Named only where it is off: policies of before there was this setting stay what they are.
    return found if settings.CHAT_REASONING else found | {"reasoning": False}


def checkers(policy: PolicyVersion) -> list[moderation.Checker]:
    """The checkers a turn's policy requires, all of them."""
    return [_checker(item, policy) for item in policy.definition["checkers"]]


def gate(policy: PolicyVersion, kind: moderation.Kind) -> moderation.Gate:
    """The gate of one text of an answer that is shown as `kind`. Where the policy's rules are not `warm` yet, it takes long."""
    return rules(policy).gate(policy.definition["mode"], kind)


def rules(policy: PolicyVersion) -> moderation.PatternChecker:
    """The policy's pattern rules."""
    return _rules(json.dumps(next(item for item in policy.definition["checkers"] if item["kind"] == "rules")))


@functools.lru_cache(maxsize=16)
def _rules(item: str) -> moderation.PatternChecker:
    return moderation.PatternChecker(moderation.ruleset(json.loads(item)))


def warm(policy: PolicyVersion) -> None:
    """Make what a policy's rules are looked for with, in tenths of a second and more. Not on the event loop."""
    assert rules(policy).output


def _checker(item: dict[str, Any], policy: PolicyVersion) -> moderation.Checker:
    if item["kind"] == "rules":
        return rules(policy)
    return moderation.EndpointChecker(
        "moderation",
        poster().post,
        settings.CHAT_MODERATION_URL,
        settings.CHAT_MODERATION_KEY,
        item["model"],
        timeout=settings.CHAT_MODERATION_TIMEOUT,
    )
