"""Several definitions that apply at once, as the one that a turn is judged by (docs/decisions/2026-11-29-composition.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import moderation
from ..models import PolicyVersion

MODES = ("post", "window", "full")  # the strictest last
RULES = "rules"  # the kind and the name of the one checker that finds patterns
ENDPOINT = "moderation"  # the name of a checker of the kind `endpoint`, whose item has none

Definition = Mapping[str, Any]


def compose(definitions: Sequence[Definition], bypass: int | None = None) -> dict[str, Any]:
    """The strictest of them all: the strictest mode, every checker of each, and all their rules in one checker. A function
    of the definitions and their order. With a `bypass` (its id) the rules alone are left.
    """
    found: dict[str, Any] = {
        "mode": max((each["mode"] for each in definitions), key=MODES.index),
        "checkers": [_rules([item for each in definitions for item in of_kind(each["checkers"], RULES)])],
        "input": [],
    }
    if bypass is None:
        found["checkers"] += _united(item for each in definitions for item in classifiers(each))
        found["input"] += _united(item for each in definitions for item in each.get("input", ()))
    else:
        found["bypass"] = bypass
    if any(each.get("reasoning") is False for each in definitions):
        found["reasoning"] = False
    return found


def of_kind(items: Iterable[Definition], kind: str) -> list[Definition]:
    return [item for item in items if item["kind"] == kind]


def classifiers(definition: Definition) -> list[Definition]:
    """The checkers of answers that are not rules."""
    return [item for item in definition["checkers"] if item["kind"] != RULES]


def name_of(item: Definition) -> str:
    """What a checker's results are recorded under."""
    return str(item.get("name") or (RULES if item["kind"] == RULES else ENDPOINT))


def names(version: PolicyVersion) -> list[str]:
    """Of all the checkers that look at answers or at what people write."""
    return [name_of(item) for key in ("checkers", "input") for item in version.definition.get(key, ())]


def _rules(items: Sequence[Definition]) -> dict[str, Any]:
    """A rule is on if one of them has it on, and to stop an answer is stricter than to replace a part of it."""
    packs = list(dict.fromkeys(name for item in items for name in moderation.pack_names(item)))
    every = {rule.name: rule.action for rule in moderation.ruleset({"packs": packs})}
    said = [_actions(item) for item in items]
    found: dict[str, Any] = {"kind": RULES, "packs": packs, "off": [], "redact": []}
    for name, usual in every.items():
        wanted = {actions[name] for actions in said if name in actions}
        strictest = "off" if not wanted else "block" if "block" in wanted else "redact"
        if strictest != usual:
            found.setdefault(strictest, []).append(name)
    own = _own([rule for item in items for rule in item.get("own", ())], set(every))
    return found | {"own": own}


def _actions(item: Definition) -> dict[str, str]:
    """What each rule of its packs does that is on."""
    return {rule.name: rule.action for rule in moderation.ruleset({**item, "own": []})}


def _own(rules: Iterable[Definition], taken: set[str]) -> list[dict[str, Any]]:
    """Each once, and none under a name that stands for another rule."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule in rules:
        directions = tuple(sorted(rule.get("directions", ("input", "output"))))
        looks_for = (rule.get("pattern", ""), tuple(rule.get("words", ())), directions)
        kept = found.setdefault(looks_for, dict(rule))
        if rule.get("action", "block") == "block":
            kept["action"] = "block"
    for rule in found.values():
        rule["name"] = _free(rule["name"], taken)
    return list(found.values())


def _united(items: Iterable[Definition]) -> list[dict[str, Any]]:
    """Each once, and none under the name of another."""
    different: list[Definition] = []
    for item in items:
        if item not in different:
            different.append(item)
    taken, found = {RULES}, []
    for item in different:
        wanted = name_of(item)
        name = _free(wanted, taken)
        found.append(dict(item) if name == wanted else {**item, "name": name})
    return found


def _free(wanted: str, taken: set[str]) -> str:
    """`wanted`, or with a number behind it; taken from now on."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    taken.add(name)
    return name
