"""What a definition says, in words for people who set policies up and for people whom they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import moderation
from . import drafting
from .composing import name_of

MODES = {
    "post": (
        "At once",
        "Text appears as it is written. The whole answer is checked at its end and taken back if it does not pass.",
    ),
    "window": (
        "Piece by piece",
        "Text appears a few sentences at a time, each after it has been checked. The whole is checked at the end.",
    ),
    "full": (
        "When all of it is checked",
        "Nothing appears until the whole answer has been written and checked.",
    ),
}
# What the page of a chat says of it.
NOTES = {
    "post": "Each answer is checked before it is kept.",
    "window": "Answers here are shown piece by piece after they have been checked.",
    "full": "Answers here are shown once they have been checked as a whole.",
}
# What an answer that is being written says in the meantime, where its text does not appear at once.
WAITS = {
    "post": "",
    "window": "Writing. Each piece appears once it has been checked.",
    "full": "Writing. The answer appears once all of it has been checked.",
}
KINDS = {
    "moderations": "Moderation service",
    "llama-guard-3": "Llama Guard 3",
    "qwen3guard": "Qwen3Guard",
    "judge": "Judge",
    "endpoint": "The server’s moderation endpoint",
}
ACTIONS = {"block": "stops the answer", "redact": "is replaced", "off": "off"}
_RELEASE, _PACKS, _OWN = "How answers appear", "Rule packs", "Rules of your own"
_WHERE = {
    drafting.ANSWERS: "Classifiers for answers",
    drafting.QUESTIONS: "Classifiers for what people write",
}
_SHOWN = 8  # words of a list that a line names


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: `key` says what it is about, the same in every version."""

    section: str
    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two versions; `before` "" where it is new, `after` "" where it is gone."""

    section: str
    label: str
    before: str
    after: str


def facts(definition: Mapping[str, Any], endpoints: Mapping[int, str]) -> list[Fact]:
    """All that it says. `endpoints`: names by their ids."""
    found = drafting.normal(definition)
    lines = [Fact(_RELEASE, "mode", "Text appears", MODES[found["mode"]][0].lower())]
    if found.get("reasoning") is False:
        lines.append(Fact(_RELEASE, "reasoning", "What a model thinks", "is neither asked for nor shown"))
    lines += _pack_facts(found)
    lines += [_own_fact(rule) for rule in drafting.rules_item(found)["own"]]
    for where, section in _WHERE.items():
        for item in found[where]:
            if item["kind"] != "rules":
                lines += _classifier_facts(section, where, item, endpoints)
    return lines


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], endpoints: Mapping[int, str]
) -> list[Change]:
    """What differs, in the order of the facts; [] where nothing does."""
    old = {} if before is None else {fact.key: fact for fact in facts(before, endpoints)}
    new = {fact.key: fact for fact in facts(after, endpoints)}
    found = []
    for key, fact in (old | new).items():
        was, now = (each[key].value if key in each else _unsaid(key, each) for each in (old, new))
        if was != now:
            found.append(Change(fact.section, fact.label, was, now))
    if before is not None:
        found += _word_changes(before, after)
        if not found and drafting.normal(before) != drafting.normal(after):
            found.append(
                Change("Texts to prove themselves on", "Of rules or classifiers", "as before", "others")
            )
    return found


def actions_of(definition: Mapping[str, Any], pack: str) -> dict[str, str]:
    """What each rule of the pack does by this definition: block, redact or off."""
    item = {**drafting.rules_item(drafting.normal(definition)), "packs": [pack], "own": []}
    on = {rule.name: rule.action for rule in moderation.ruleset(item)}
    return {rule.name: on.get(rule.name, "off") for rule in moderation.PACKS[pack].rules}


def tally(actions: Iterable[str]) -> str:
    """How many of a pack's rules are on: “38 rules on, 2 of them replace, 1 off”."""
    found = list(actions)
    off, replaced = found.count("off"), found.count("redact")
    on = len(found) - off
    words = f"{on} rule{'' if on == 1 else 's'} on"
    words += f", {replaced} of them replace{'s' if replaced == 1 else ''}" if replaced else ""
    return words + (f", {off} off" if off else "")


def directions(own: Mapping[str, Any]) -> str:
    found = set(own.get("directions", ("output", "input")))
    if found == {"output", "input"}:
        return "in answers and in what people write"
    return "in answers" if "output" in found else "in what people write"


def _pack_facts(definition: dict[str, Any]) -> list[Fact]:
    found = []
    for name in drafting.rules_item(definition)["packs"]:
        pack = moderation.PACKS.get(name)
        if pack is None:
            found.append(Fact(_PACKS, f"pack:{name}", name, "not known to this version of Sluice"))
            continue
        found.append(Fact(_PACKS, f"pack:{name}", pack.title, "on"))
        actions = actions_of(definition, name)
        for rule in pack.rules:
            action = actions[rule.name]
            if action != rule.action:
                found.append(Fact(_PACKS, f"rule:{rule.name}", rule.title, ACTIONS[action]))
    return found


def _own_fact(own: Mapping[str, Any]) -> Fact:
    words = own.get("words") or []
    what = (
        f"{len(words):,} word{'' if len(words) == 1 else 's'}"
        if words
        else f"pattern {own.get('pattern', '')}"
    )
    value = f"{ACTIONS[own.get('action', 'block')]}, {directions(own)}: {what}. {own['reason']}"
    return Fact(_OWN, f"own:{own['name']}", own["title"], value)


def _classifier_facts(
    section: str, where: str, item: Mapping[str, Any], endpoints: Mapping[int, str]
) -> list[Fact]:
    name, kind = name_of(item), KINDS.get(item["kind"], item["kind"])
    key = f"{where}:{name}"
    if item["kind"] == "endpoint":
        return [Fact(section, key, kind, item.get("model") or "on")]
    asked = (
        f"{item.get('model') or 'its usual model'} at {endpoints.get(item.get('endpoint', 0), 'no endpoint')}"
    )
    value = f"{kind}, {asked}, at most {item.get('timeout', 10):g} s"
    if limits := item.get("thresholds"):
        value += "; flags from " + ", ".join(f"{what} {limit:g}" for what, limit in sorted(limits.items()))
    found = [Fact(section, key, name, value)]
    if item.get("policy"):
        found.append(Fact(section, f"{key}:policy", f"{name}: its policy", item["policy"]))
    texts = f"{len(item.get('good', ()))} to pass, {len(item.get('bad', ()))} to flag"
    return [*found, Fact(section, f"{key}:texts", f"{name}: texts to prove itself on", texts)]


def _unsaid(key: str, known: Mapping[str, Fact]) -> str:
    """What a definition means that has no line of its own: what a rule of a pack that is on does by itself."""
    name = key.removeprefix("rule:")
    on = (pack for pack in moderation.PACKS.values() if name != key and f"pack:{pack.name}" in known)
    return next((ACTIONS[rule.action] for pack in on for rule in pack.rules if rule.name == name), "")


def _word_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """For lists of words that are in both, which were added and which taken away."""
    old = {rule["name"]: rule for rule in drafting.rules_item(drafting.normal(before))["own"]}
    found = []
    for rule in drafting.rules_item(drafting.normal(after))["own"]:
        was, now = old.get(rule["name"], {}).get("words") or [], rule.get("words") or []
        if was and now and set(was) != set(now):
            gone, new = (_listed(sorted(set(one) - set(two))) for one, two in ((was, now), (now, was)))
            found.append(Change(_OWN, f"{rule['title']}: words", gone, new))
    return found


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
    return ", ".join(f"“{word}”" for word in words[:_SHOWN]) + more
