"""The rules of a policy: whole packs less some, and the team's own (the form of a policy is in docs/policies.md)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from .packs import PACKS
from .rules import BOTH, Rule

OWN = "Written by an administrator."


class UnknownPack(ValueError):
    """A policy names packs that this version of the program does not have: one of a newer version was here before."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"A policy names rules that this version of Sluice does not have (rule pack {', '.join(names)}), so nothing can be "
            "checked by it. Update Sluice, or have an administrator switch on a version of the policy without them."
        )


def pack_names(item: Mapping[str, Any]) -> list[str]:
    """The packs that a checker of the kind `rules` names; one of the first definitions names a single `pack`."""
    return list(item["packs"]) if "packs" in item else [item["pack"]]


def ruleset(item: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules that a policy's checker of the kind `rules` names. Raises UnknownPack.

    Rules named in `off` are left out; those in `redact` and `block` do that, whatever they do by themselves. A rule that
    several packs hold comes once.
    """
    if unknown := [name for name in pack_names(item) if name not in PACKS]:
        raise UnknownPack(unknown)
    off, redact, block = (set(item.get(key, ())) for key in ("off", "redact", "block"))
    found: dict[str, Rule] = {}
    for rule in (rule for pack in pack_names(item) for rule in PACKS[pack].rules if rule.name not in off):
        if rule.name in redact:
            rule = dataclasses.replace(rule, action="redact")
        elif rule.name in block:
            rule = dataclasses.replace(rule, action="block")
        found[rule.name] = rule
    return (*found.values(), *(own(each) for each in item.get("own", ())))


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
