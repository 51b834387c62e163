"""The rules of a policy: whole packs less some, and the team's own (the form of a policy is in docs/policies.md)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .packs import PACKS
from .rules import BOTH, Rule

OWN = "Written by an administrator."


def ruleset(item: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules that a policy's checker of the kind `rules` names. Raises KeyError for a pack that there is not."""
    packs = item.get("packs") or [item["pack"]]
    off, redact = set(item.get("off", ())), set(item.get("redact", ()))
    found = [
        dataclasses.replace(rule, action="redact") if rule.name in redact else rule
        for pack in packs
        for rule in PACKS[pack].rules
        if rule.name not in off
    ]
    return (*found, *(own(each) for each in item.get("own", ())))


def own(fields: Mapping[str, Any]) -> Rule:
    """One of the team's own rules, as a policy keeps it."""
    return Rule(
        name=fields["name"],
        title=fields.get("title") or fields["name"],
        reason=fields.get("reason") or "A rule of this team.",
        pattern=fields.get("pattern", ""),
        words=tuple(fields.get("words", ())),
        action=fields.get("action", "block"),
        directions=frozenset(fields.get("directions", BOTH)),
        positives=tuple(fields.get("positives", ())),
        negatives=tuple(fields.get("negatives", ())),
        category="own",
        source=OWN,
    )
