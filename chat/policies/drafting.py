"""Changes to a definition, one part at a time. Each gives a new definition and leaves the old one as it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .. import moderation
from .composing import RULES, classifiers, name_of, of_kind

Definition = Mapping[str, Any]
ANSWERS, QUESTIONS = "checkers", "input"  # where a classifier stands in a definition
# The hash of a password and other ids of machines are longer; nobody's name for a rule is.
NAME_LONGEST = 60
_LISTS = ("off", "redact", "block")
# What a policy begins with: it adds what is entered to what applies to everybody.
EMPTY: dict[str, Any] = {
    "mode": "post",
    "checkers": [{"kind": RULES, "packs": [], "off": [], "redact": [], "own": []}],
    "input": [],
}


def normal(definition: Definition) -> dict[str, Any]:
    """The same in today's form: one checker of rules first, every list there, and only the keys that a person sets."""
    rules = of_kind(definition["checkers"], RULES)
    packs = [name for item in rules for name in moderation.pack_names(item)]
    one: dict[str, Any] = {"kind": RULES, "packs": list(dict.fromkeys(packs))}
    one |= {key: sorted({name for item in rules for name in item.get(key, ())}) for key in _LISTS}
    if not one["block"]:
        del one["block"]  # seldom there, and unknown to the first definitions
    one["own"] = [dict(rule) for item in rules for rule in item.get("own", ())]
    found = {
        "mode": definition["mode"],
        ANSWERS: [one, *map(dict, classifiers(definition))],
        QUESTIONS: [dict(item) for item in definition.get("input", ())],
    }
    return found if definition.get("reasoning") is not False else found | {"reasoning": False}


def rules_item(definition: Definition) -> dict[str, Any]:
    """Of a normal definition, the checker of rules."""
    found: dict[str, Any] = definition[ANSWERS][0]
    return found


def ruleset(definition: Definition) -> tuple[moderation.Rule, ...]:
    """The rules of a normal definition, as far as this version of the program knows their packs: to be shown, not to judge."""
    item = rules_item(definition)
    return moderation.ruleset({**item, "packs": [name for name in item["packs"] if name in moderation.PACKS]})


def with_mode(definition: Definition, mode: str, reasoning: bool) -> dict[str, Any]:
    found = normal(definition) | {"mode": mode}
    found.pop("reasoning", None)
    return found if reasoning else found | {"reasoning": False}


def with_packs(definition: Definition, packs: Collection[str]) -> dict[str, Any]:
    """With these packs on and no others, in the order in which they are shown; what was said of the rules of others goes."""
    found = normal(definition)
    for pack in {*rules_item(found)["packs"], *packs} & moderation.PACKS.keys():
        if pack not in packs:
            found = with_pack(found, pack, False, {rule.name: "off" for rule in moderation.PACKS[pack].rules})
    rules_item(found)["packs"] = [pack for pack in moderation.PACKS if pack in packs]
    return found


def with_pack(definition: Definition, pack: str, on: bool, actions: Mapping[str, str]) -> dict[str, Any]:
    """`actions`: block, redact or off, by the names of the pack's rules."""
    found = normal(definition)
    rules = rules_item(found)
    wanted = {*rules["packs"], pack} if on else {*rules["packs"]} - {pack}
    rules["packs"] = [name for name in moderation.PACKS if name in wanted]
    usual = {rule.name: rule.action for rule in moderation.PACKS[pack].rules}
    for key in _LISTS:
        kept = [name for name in rules.get(key, ()) if name not in actions]
        new = [name for name, action in actions.items() if on and action == key != usual.get(name)]
        rules[key] = [*kept, *new]
    return normal(found)


def own_rule(definition: Definition, name: str) -> dict[str, Any] | None:
    return next((rule for rule in rules_item(normal(definition))["own"] if rule["name"] == name), None)


def with_rule(definition: Definition, old: str, rule: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """With this rule, in place of the one named `old` where there is one; and the name that it has. `rule` has none."""
    found = normal(definition)
    rules = rules_item(found)
    name = old or slug(rule["title"], rule_names(found))
    new = {**rule, "name": name}
    if own_rule(definition, old) is None:
        rules["own"].append(new)
    else:
        rules["own"] = [new if each["name"] == old else each for each in rules["own"]]
    return found, name


def without_rule(definition: Definition, name: str) -> dict[str, Any]:
    found = normal(definition)
    rules_item(found)["own"] = [rule for rule in rules_item(found)["own"] if rule["name"] != name]
    return found


def rule_names(definition: Definition) -> set[str]:
    """The names that a further rule must not have."""
    own = {rule["name"] for rule in rules_item(normal(definition))["own"]}
    return own | {rule.name for pack in moderation.PACKS.values() for rule in pack.rules}


def classifier(definition: Definition, where: str, name: str) -> dict[str, Any] | None:
    found = normal(definition)
    return next((item for item in found[where] if item["kind"] != RULES and name_of(item) == name), None)


def with_classifier(definition: Definition, where: str, old: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """With this classifier, in place of the one named `old` where there is one."""
    found = normal(definition)
    if classifier(definition, where, old) is None:
        found[where].append(dict(item))
    else:
        found[where] = [dict(item) if _is(each, old) else each for each in found[where]]
    return found


def without_classifier(definition: Definition, where: str, name: str) -> dict[str, Any]:
    found = normal(definition)
    found[where] = [item for item in found[where] if not _is(item, name)]
    return found


def classifier_names(definition: Definition) -> set[str]:
    """The names that a further classifier must not have."""
    found = normal(definition)
    return {name_of(item) for where in (ANSWERS, QUESTIONS) for item in found[where]}


def slug(title: str, taken: Iterable[str] = ()) -> str:
    """A name for the record: small letters, digits and hyphens, and none of those `taken`."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "".join(char if char.isalnum() else " " for char in plain).split()
    wanted = "-".join(words)[:NAME_LONGEST].strip("-") or "rule"
    names, number, name = set(taken), 1, wanted
    while name in names:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _is(item: Definition, name: str) -> bool:
    return item["kind"] != RULES and name_of(item) == name
