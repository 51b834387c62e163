"""What a version says of a text, without anything coming of it: for trials, replays and the shadow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import conf, moderation
from ..models import PolicyVersion
from ..moderation import classifiers
from ..moderation.classifiers import splitting
from ..turns.budget import tokens
from . import storing
from .composing import RULES, name_of

# What each text of an answer is shown as; a tool's calls are judged with the rest, but nothing in them is replaced here.
_SHOWN: dict[str, moderation.Kind] = {"text": "markdown", "refusal": "markdown", "reasoning": "plain"}

PASS = "pass"  # noqa: S105
# By a checker's item as canonical JSON, what it has said of this very text already.
Known = Mapping[str, moderation.Result]


@dataclass(frozen=True, slots=True)
class Judged:
    """`outcome` is a verdict: pass, flagged or unchecked. `altered`: something in it would be replaced before it is shown.

    `findings`: names of rules and categories, and of checkers that gave no verdict. `requests` to classifiers and `tokens` of
    what they were sent are estimates.
    """

    outcome: str
    results: tuple[moderation.Result, ...] = ()
    altered: bool = False
    findings: tuple[str, ...] = ()
    requests: int = 0
    tokens: int = 0
    milliseconds: float = 0.0


def prepare(version: PolicyVersion) -> PolicyVersion:
    """Make what its rules are looked for with, which takes up to seconds: before it judges, and not on the event loop."""
    conf.warm(version)
    assert conf.rules(version).input
    return version


async def judge(
    version: PolicyVersion, channels: Mapping[str, Any], question: str = "", known: Known | None = None,
    *, shaped: bool = False,
) -> Judged:  # fmt: skip
    """An answer: what its gates make of it, and what every checker says of the rest. `shaped`: its text is a document."""
    began = time.perf_counter()
    gated, stopped = _gated(version, channels, shaped)
    if stopped:
        return Judged("flagged", (stopped,), findings=names([stopped]), milliseconds=_since(began))
    items, known = version.definition["checkers"], known or {}
    said = [known.get(storing.canonical(item)) for item in items]
    asked = [item for item, each in zip(items, said, strict=True) if each is None]
    subject = moderation.Subject(gated, question=question)
    pending = (
        checker.check(subject)
        for checker, each in zip(await conf.checkers(version), said, strict=True)
        if each is None
    )
    answers = iter(await asyncio.gather(*pending))
    results = [each or next(answers) for each in said]
    outcome = moderation.aggregate([name_of(item) for item in items], results)
    requests, counted = _cost([item for item in asked if item["kind"] != RULES], subject)
    return Judged(
        str(outcome), tuple(results), gated != channels, names(results), requests, counted, _since(began)
    )


async def judge_question(version: PolicyVersion, text: str) -> Judged:
    """What somebody writes: the rules that look at that, and the classifiers for it."""
    began = time.perf_counter()
    items = version.definition.get("input", [])
    subject = moderation.Subject({"text": text}, role="user")
    checkers = [conf.rules(version), *await conf.checkers(version, "input")]
    results = await asyncio.gather(*(checker.check(subject) for checker in checkers))
    outcome = moderation.aggregate([RULES, *map(name_of, items)], results)
    requests, counted = _cost(items, subject)
    return Judged(
        str(outcome), tuple(results), findings=names(results), requests=requests, tokens=counted,
        milliseconds=_since(began),
    )  # fmt: skip


def looks_at_questions(version: PolicyVersion) -> bool:
    rules = conf.rules(version).rules
    return bool(version.definition.get("input")) or any("input" in rule.directions for rule in rules)


def names(results: Sequence[moderation.Result]) -> tuple[str, ...]:
    found = [finding.rule for result in results for finding in result.findings]
    found += [result.checker for result in results if result.outcome == "error"]
    return tuple(dict.fromkeys(found))


def _gated(
    version: PolicyVersion, channels: Mapping[str, Any], shaped: bool
) -> tuple[dict[str, Any], moderation.Result | None]:
    """The channels as their gates let them stand; or what blocks them, as a result."""
    found = dict(channels)
    for channel, kind in (_SHOWN | ({"text": "json"} if shaped else {})).items():
        if not (text := channels.get(channel)):
            continue
        gate = conf.gate(version, kind)
        for action in [*gate.feed(text), *gate.finish()]:
            match action:
                case moderation.Block(candidate, place):
                    return found | {channel: candidate}, blocked(place, channel)
                case moderation.Done(candidate):
                    found[channel] = candidate
    return found, None


def blocked(place: Any, channel: str = "text") -> moderation.Result:
    """The result that a block comes to; `place` is what a rule has found, None where a checker blocks."""
    if place is None:
        return moderation.Result(RULES, "flag")
    finding = moderation.Finding(place.rule.name, place.rule.reason, channel, place.start, place.end)
    return moderation.Result(RULES, "flag", (finding,))


def _cost(items: Sequence[Mapping[str, Any]], subject: moderation.Subject) -> tuple[int, int]:
    """About how many requests these classifiers need for a body, and tokens of it."""
    requests = counted = 0
    for item in items:
        parts = splitting.parts(subject, classifiers.DIALECTS[item["kind"]])
        requests += len(parts)
        counted += sum(tokens(placed.part.text) for placed in parts)
    return requests, counted


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
