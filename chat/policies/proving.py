"""Rules and classifiers prove themselves before a version judges anybody's text."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync

from .. import conf, moderation
from ..models import Message, Policy, PolicyVersion, Role, bodies
from . import drafting
from .composing import RULES, name_of

# The server's own moderation endpoint, which has no texts to prove itself on.
ENDPOINT_KIND = "endpoint"
LABEL_FOUND = "what it puts in place of what it finds, “{label}”, is found by the rule “{other}”. Give it another title."
_DIRECTIONS = {drafting.ANSWERS: "output", drafting.QUESTIONS: "input"}
LATEST = 500  # messages on which a rule is tried before it goes live
SECONDS = 4.0  # after which it is said how many were looked at instead


def problems(version: PolicyVersion) -> list[str]:
    """Why this version must not judge, in sentences; [] where nothing speaks against it. Asks its classifiers."""
    definition = drafting.normal(version.definition)
    found = rule_problems(definition)
    for where, direction in _DIRECTIONS.items():
        for item in definition[where]:
            # The environment's endpoint is the server's own matter, and is proved with the rest while it is in use.
            if item["kind"] not in {RULES, ENDPOINT_KIND}:
                found += async_to_sync(classifier_problems)(item, direction)
    return found


async def classifier_problems(item: Mapping[str, Any], direction: str) -> list[str]:
    """How a classifier judges the texts whose judgement is known: its own, and those of its kind."""
    complaints = await moderation.prove_classifier(await conf.classifier(item, direction))
    return [f"Classifier “{name_of(item)}”: {complaint}" for complaint in complaints]


def in_use() -> list[tuple[Mapping[str, Any], str]]:
    """The classifiers of the versions that judge, or stand in the shadow, with what they judge: they prove themselves again
    now and then.
    """
    rows = Policy.objects.filter(archived_at=None).select_related("active", "shadow")
    versions = [version for row in rows for version in (row.active, row.shadow) if version is not None]
    return [
        (item, direction)
        for version in versions
        for where, direction in _DIRECTIONS.items()
        for item in version.definition.get(where, ())
        if item["kind"] != RULES
    ]


def rule_problems(definition: Mapping[str, Any]) -> list[str]:
    """What is wrong with the rules that somebody here has written: none that cannot be compiled, none that fails its own
    examples, none that puts into an answer what one of them finds. Those of the packs are tried at every start.
    """
    found: list[str] = []
    rules = [moderation.own(own) for own in drafting.rules_item(drafting.normal(definition))["own"]]
    for rule in rules:
        try:
            found += moderation.prove(moderation.compile_rules([rule]))
        except moderation.BadRule as bad:
            found.append(str(bad))
    if found:
        return found
    every = moderation.compile_rules(rules)
    for rule in rules:
        for other in {finding.rule for finding in every.scan({"text": rule.label}).findings}:
            if rule.action == "redact":
                found.append(f"Rule “{rule.name}”: {LABEL_FOUND.format(label=rule.label, other=other)}")
    return found


def checks_nothing(definition: Mapping[str, Any]) -> bool:
    found = drafting.normal(definition)
    return not drafting.ruleset(found) and len(found[drafting.ANSWERS]) == 1


@dataclass(slots=True)
class Hits:
    """How a rule did on the latest messages: in how many `answers` and `questions` it found something, and how long that
    took in all.
    """

    rule: moderation.Rule
    answers: int = 0
    questions: int = 0
    milliseconds: float = 0.0

    @property
    def messages(self) -> int:
        return self.answers + self.questions


def hits(rules: Iterable[moderation.Rule]) -> tuple[list[Hits], int]:
    """Each rule, which can be compiled, on the latest messages in the directions that it has; and how many were looked at."""
    found = [(Hits(rule), moderation.compile_rules([rule])) for rule in rules]
    if not found:
        return [], 0
    kept = Message.objects.filter(erased_at=None, turn__conversation__deleted_at=None)
    rows = kept.order_by("-pk").values_list("role", "body")[:LATEST]
    looked, began = 0, time.monotonic()
    for role, body in rows.iterator(chunk_size=50):
        if time.monotonic() - began > SECONDS:
            break
        looked += 1
        channels = bodies.channels(body)
        for hit, checker in found:
            before = time.perf_counter()
            if checker.scan(channels, role).findings:
                if role == Role.ASSISTANT:
                    hit.answers += 1
                else:
                    hit.questions += 1
            hit.milliseconds += (time.perf_counter() - before) * 1000
    return [hit for hit, _ in found], looked


def new_rules(version: PolicyVersion, active: PolicyVersion | None) -> list[moderation.Rule]:
    """Those of its own rules that look for something which those of `active` do not."""
    known = [] if active is None else drafting.rules_item(drafting.normal(active.definition))["own"]
    looked_for = [_looks_for(own) for own in known]
    own = drafting.rules_item(drafting.normal(version.definition))["own"]
    return [moderation.own(rule) for rule in own if _looks_for(rule) not in looked_for]


def _looks_for(own: Mapping[str, Any]) -> tuple[Any, ...]:
    return own.get("pattern"), own.get("words"), own.get("directions")
