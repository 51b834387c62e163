"""Which rules apply to the person who asks, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import assistants, moderation, policies
from ..policies import drafting, words
from .account import me
from .guard import signed_in

# How a classifier is told of to somebody who has never heard of one.
_CLASSIFIERS = {
    "moderations": "a moderation service",
    "endpoint": "a moderation service",
    "llama-guard-3": "a safety model",
    "qwen3guard": "a safety model",
    "judge": "a model with rules of this team",
}


@dataclass(slots=True)
class Looked:
    """What is looked for in one direction: `packs` are titles with those of their rules, `own` titles with what happens."""

    packs: list[tuple[str, list[str]]] = field(default_factory=list)
    own: list[tuple[str, str]] = field(default_factory=list)
    classifiers: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.packs or self.own or self.classifiers)


@dataclass(slots=True)
class Applying:
    """What applies in chats with these assistants."""

    assistants: list[str]
    note: str
    answers: Looked
    questions: Looked
    reasoning: bool


@never_cache
@signed_in
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    person = me(request)
    found: dict[int, Applying] = {}
    for assistant in assistants.available_to(person):
        version = policies.for_turn(person, assistant.pk)
        if version.pk in found:
            found[version.pk].assistants.append(assistant.name)
        else:
            found[version.pk] = applying(version.definition, [assistant.name])
    if not found:
        version = policies.for_turn(person, None)
        found[version.pk] = applying(version.definition, [])
    return render(request, "policies/rules.html", {"section": "rules", "found": list(found.values())})


def applying(definition: Mapping[str, Any], names: list[str]) -> Applying:
    normal = drafting.normal(definition)
    return Applying(
        names,
        words.NOTES[normal["mode"]],
        _looked(normal, "output", normal[drafting.ANSWERS]),
        _looked(normal, "input", normal[drafting.QUESTIONS]),
        normal.get("reasoning") is not False,
    )


def _looked(normal: Mapping[str, Any], direction: str, items: list[dict[str, Any]]) -> Looked:
    found, rules = Looked(), drafting.rules_item(dict(normal))
    on = {rule.name: rule for rule in drafting.ruleset(normal) if direction in rule.directions}
    for name in rules["packs"]:
        if (pack := moderation.PACKS.get(name)) is None:
            continue
        if titles := [rule.title for rule in pack.rules if rule.name in on]:
            found.packs.append((pack.title, titles))
    for own in rules["own"]:
        if own["name"] in on:
            found.own.append((own["title"], _happens(own.get("action", "block"), direction)))
    asked = (_CLASSIFIERS.get(item["kind"], "a model") for item in items if item["kind"] != "rules")
    found.classifiers = list(dict.fromkeys(asked))
    return found


def _happens(action: str, direction: str) -> str:
    if direction == "input":
        return "is not sent"
    return "stops the answer" if action == "block" else "is replaced"
