"""What judges: the checkers that a policy requires, made of what its definition names."""

import dataclasses
import functools
import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .. import moderation
from ..models import PolicyVersion
from .classifying import found, proven
from .database import in_database

RULES = "rules"


def policy_definition() -> dict[str, Any]:
    """The checks the settings ask for, as a policy version stores them; secrets are named, never held."""
    checkers: list[dict[str, Any]] = [{"kind": RULES, "pack": "starter"}]
    if settings.CHAT_MODERATION_URL:
        # Where it is reached and with which key are today's: an old version must not send a new key elsewhere.
        checkers.append({"kind": "endpoint", "model": settings.CHAT_MODERATION_MODEL})
    found: dict[str, Any] = {"mode": "post", "checkers": checkers}
    # Named only where it is off: policies of before there was this setting stay what they are.
    return found if settings.CHAT_REASONING else found | {"reasoning": False}


async def checkers(policy: PolicyVersion, direction: str = "output") -> list[moderation.Checker]:
    """The checkers a turn's policy requires of answers, or of what people write (`input`): all of them, in its order, under
    names of which none comes twice.

    What cannot be asked is a checker that errs, with a sentence that says why. At most one visit to the database.
    """
    items = policy.definition["checkers"] if direction == "output" else policy.definition.get("input", [])
    asked = [(item, direction) for item in items if item["kind"] != RULES]
    waiting = iter(await in_database(found, asked) if asked else ())
    return _apart([rules(policy) if item["kind"] == RULES else proven(next(waiting)) for item in items])


def gate(policy: PolicyVersion, kind: moderation.Kind) -> moderation.Gate:
    """The gate of one text of an answer that is shown as `kind`. Where the policy's rules are not `warm` yet, it takes long."""
    return rules(policy).gate(policy.definition["mode"], kind)


def rules(policy: PolicyVersion) -> moderation.PatternChecker:
    """The policy's pattern rules."""
    # A turn asks for them once a channel, and to compare lists of thousands of words takes milliseconds.
    if (known := _compiled.get(policy.definition_hash)) is not None:
        return known
    item = next(item for item in policy.definition["checkers"] if item["kind"] == RULES)
    made = _rules(json.dumps(item, sort_keys=True))
    if policy.definition_hash:
        if len(_compiled) >= _COMPILED:
            _compiled.clear()
        _compiled[policy.definition_hash] = made
    return made


# By what the policies say; as many as `_rules` has, and more where they have the same rules.
_COMPILED = 64
_compiled: dict[str, moderation.PatternChecker] = {}


@functools.lru_cache(maxsize=16)
def _rules(item: str) -> moderation.PatternChecker:
    return moderation.PatternChecker(moderation.ruleset(json.loads(item)))


def warm(policy: PolicyVersion) -> None:
    """Make what a policy's rules are looked for with, in tenths of a second and more. Not on the event loop, nor where the
    database is locked.
    """
    assert rules(policy).output
    assert rules(policy).input


def is_warm(policy: PolicyVersion) -> bool:
    """Whether that has been done."""
    return rules(policy).ready


@dataclass(frozen=True, slots=True)
class _Renamed:
    """A checker under another name."""

    name: str
    checker: moderation.Checker

    async def check(self, subject: moderation.Subject) -> moderation.Result:
        return dataclasses.replace(await self.checker.check(subject), checker=self.name)


def _apart(made: list[moderation.Checker]) -> list[moderation.Checker]:
    """A result is on record under its checker's name: two of one name would be one. The rules keep theirs."""
    taken = {RULES}
    apart: list[moderation.Checker] = []
    for checker in made:
        name, number = checker.name, 1
        while name in taken and not isinstance(checker, moderation.PatternChecker):
            number += 1
            name = f"{checker.name}-{number}"
        taken.add(name)
        apart.append(checker if name == checker.name else _Renamed(name, checker))
    return apart
