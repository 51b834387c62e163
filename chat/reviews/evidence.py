"""The text that a case is about, channel by channel: what matched, how far it had been shown, and what of it is veiled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..models import Candidate, Case, CheckResult, Exposure, Message, Role, Turn, bodies
from ..moderation.channels import pieces
from .segments import Segment, frontiers, segments, veiled

RULES = "rules"  # the checker whose findings are places even where they cover everything
_TITLES = {"text": "", "reasoning": "Reasoning", "refusal": "Refusal"}


@dataclass(slots=True)
class Channel:
    """`title` is "" for the text itself. `characters` counts what is veiled too."""

    name: str
    title: str
    segments: list[Segment]
    characters: int


@dataclass(slots=True)
class Evidence:
    """`channels` is empty where the text has been `erased`. `whole`: all of it is sensitive, for no place is named."""

    channels: list[Channel]
    findings: list[dict[str, Any]]
    erased: bool
    whole: bool
    shown: bool
    digest: str


def evidence(case: Case, results: list[CheckResult], exposures: list[Exposure], revealed: bool) -> Evidence:
    asked = case.about == Case.About.QUESTION
    stored = stored_text(case.turn, Role.USER if asked else Role.ASSISTANT)
    body = bodies.channels(stored.body) if stored else {}
    findings = [
        {**finding, "checker": result.checker}
        for result in results
        if result.outcome == "flag" and (stored is None or result.digest == stored.digest)
        for finding in result.findings
    ]
    # The parts of a tool call are named as checkers name them.
    texts = [(piece.channel, piece.text) for piece in pieces(body)]
    lengths = dict(texts)
    whole = not findings or any(_span(found, lengths.get(found["channel"], "")) is None for found in findings)
    channels = [
        Channel(name, _title(name), _cut(case, name, text, body, findings, exposures), len(text))
        for name, text in texts
    ]
    if not revealed:
        for channel in channels:
            channel.segments = veiled(channel.segments, whole)
    return Evidence(channels, findings, stored is None, whole, revealed, stored.digest if stored else "")


def stored_text(turn: Turn, role: str = Role.ASSISTANT) -> Candidate | Message | None:
    """What was judged, as long as it is stored."""
    candidate = Candidate.objects.filter(turn=turn, role=role).first()
    return candidate or Message.objects.filter(turn=turn, role=role, erased_at=None).first()


def excerpt(found: dict[str, Any] | None, channels: list[Channel], around: int = 60, most: int = 2000) -> str:
    """The text that a finding is about, with a little around it; of one without a place the beginning of all."""
    texts = {channel.name: "".join(segment.text for segment in channel.segments) for channel in channels}
    if found is None:
        return texts.get("text", "")[:most]
    text = texts.get(found["channel"], "")
    if (span := _span(found, text)) is None:
        return text[:most]
    start, end = max(0, span[0] - around), min(len(text), span[1] + around)
    return text[start:end].strip()[:most]


def _cut(
    case: Case, name: str, text: str, body: dict[str, Any], findings: Iterable[dict[str, Any]],
    exposures: list[Exposure],
) -> list[Segment]:  # fmt: skip
    spans = [span for found in findings if found["channel"] == name and (span := _span(found, text))]
    cut = segments(text, spans)
    if name not in {"text", "refusal"}:
        return cut
    # Text and refusal were counted as one, the text first.
    offset = len(body["text"]) if name == "refusal" else 0
    readers: dict[int, list[str]] = {}
    for row in exposures:
        if row.epoch != case.turn.epoch or not row.characters:
            continue
        place = row.characters - offset
        if name == "text":
            place = min(place, len(text))
        if 0 < place <= len(text) and (
            name == "refusal" or row.characters <= len(text) or not body["refusal"]
        ):
            readers.setdefault(place, []).append(row.person.name if row.person else "Somebody")
    return frontiers(cut, {place: _had_read(dict.fromkeys(names)) for place, names in readers.items()})


def _had_read(names: Iterable[str]) -> str:
    return f"{', '.join(names)} had been shown the text up to here"


def _span(finding: dict[str, Any], text: str) -> tuple[int, int, str] | None:
    start, end = finding["start"], finding["end"]
    # A classifier judges the text as a whole: marking all of it would mark nothing.
    whole = finding["checker"] != RULES and start <= 0 and end >= len(text)
    return None if whole else (start, end, finding["rule"])


def _title(name: str) -> str:
    if name in _TITLES:
        return _TITLES[name]
    return "Call of a tool: " + name.removeprefix("tool_calls.").replace(".", ", ")
