"""The shared cases of a word or phrase that a real model's pieces cut, each with a policy whose own rule forbids it.

For each case there are an assistant and a policy for it alone; the answer is the recording it is from, with a gate at the last
piece before the match is decided. `tests.moderation_numbers` says the rest of what rules find; this is about what is shown.
"""

from __future__ import annotations

import base64
import bisect
import functools
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from chat.llm import Delta, Reasoning, Text
from chat.moderation import Kind, PatternChecker, Release, ruleset
from tests.material import load
from tests.provider import Provider
from tests.provider_scripts import Script
from tests.recordings import PROTOCOLS, asked_for_a_part, asked_in, asked_in_pieces, body_of, recordings
from tests.servers import Server

RECORDED = 0  # a size of pieces: each event by itself, as the provider sent it
SIZES = (RECORDED, 1, 7)
_KINDS = {"text": Text, "reasoning": Reasoning}
SHOWN: dict[str, Kind] = {"text": "markdown", "reasoning": "plain"}
_EVENTS = {"ollama": re.compile(rb"(?<=\n)"), "": re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")}


@dataclass(frozen=True)
class Pause:
    """Where the provider waits: after so many of its pieces. `received`: what they hold of the channel; `let`: how many of its
    characters the gate lets through; `late`: how many it does not that stand before the match.
    """

    pieces: int
    received: str
    let: int
    late: int


@dataclass(frozen=True)
class Split:
    """`text` is the whole of the channel that is stopped, `start` to `end` what it is stopped for. `pauses`, by the size of the
    pieces: before the match is decided, for what follows its last character has not come.
    """

    id: str
    recording: dict[str, Any]
    blocked: str
    channel: str
    text: str
    start: int
    end: int
    pauses: dict[int, Pause] = field(default_factory=dict)

    def pieces(self, size: int) -> list[bytes]:
        body = body_of(self.recording)
        if size == RECORDED:
            cut = _EVENTS.get(self.recording["dialect"], _EVENTS[""])
            return [piece for piece in cut.split(body) if piece]
        return [body[at : at + size] for at in range(0, len(body), size)]

    def script(self, size: int) -> Script:
        """What the provider plays: up to the pause, and the rest once it is released."""
        until = self.pauses[size].pieces
        kind = "application/x-ndjson" if self.recording["dialect"] == "ollama" else "text/event-stream"
        steps: Script = [["bytes", base64.b64encode(piece).decode()] for piece in self.pieces(size)]
        return [["headers", {"Content-Type": kind}], *steps[:until], ["gate"], *steps[until:]]

    def scenario(self, size: int) -> str:
        return f"{self.id}-{size}"


@functools.cache
def splits() -> tuple[Split, ...]:
    # In a thread of its own: in a browser test's there is an event loop already.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_splits).result()


def _splits() -> tuple[Split, ...]:
    known = {recording["id"]: recording for recording in recordings()}
    rows = load("5-moderation/stream_split_rules.jsonl")
    return tuple(_split(row, known[row["stream_case"]]) for row in rows)


def _split(row: dict[str, Any], recording: dict[str, Any]) -> Split:
    words = r"\s+".join(map(re.escape, row["blocked"].split()))
    whole = said(asked_in_pieces(recording, 1 << 24))
    for channel in ("reasoning", "text"):  # what is thought is said first
        if found := re.search(rf"(?<!\w){words}(?!\w)", whole[channel], re.IGNORECASE):
            if channel == "text":
                assert found.start() == row["start"], row["id"]
            made = Split(row["id"], recording, row["blocked"], channel, whole[channel], *found.span())
            made.pauses.update(_pauses(made))
            return made
    raise AssertionError(f"{row['id']} does not hold what it is about")


def checker(blocked: str, packs: Sequence[str] = ("starter",)) -> PatternChecker:
    """What judges a case beside these packs."""
    own = {"name": "own", "words": [blocked]}
    return PatternChecker(ruleset({"kind": "rules", "packs": list(packs), "own": [own]}))


def _pauses(split: Split) -> Iterator[tuple[int, Pause]]:
    def received(pieces: list[bytes]) -> str:
        return said(asked_for_a_part(split.recording, b"".join(pieces)))[split.channel]

    events = split.pieces(RECORDED)
    low, high = 0, len(events)
    while low < high:  # the last event with which no more than the match has come
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(received(events[:middle])) <= split.end else (low, middle - 1)
    ends = [0, *itertools.accumulate(map(len, events))]
    rules = checker(split.blocked)
    for size in SIZES:
        count = low if size == RECORDED else ends[low] // size
        whole = low if size == RECORDED else bisect.bisect_right(ends, count * size) - 1
        text = received(events[:whole])
        let = len(through(rules, split.channel, [text]))
        yield size, Pause(count, text, let, min(len(text), split.start) - let)


def through(rules: PatternChecker, channel: str, pieces: Iterable[str]) -> str:
    """What the gate lets through of a channel that goes on."""
    gate = rules.gate("post", SHOWN[channel])
    actions = [action for piece in pieces for action in gate.feed(piece)]
    return "".join(action.text for action in actions if isinstance(action, Release))


def spoken(split: Split) -> list[str]:
    """The channel in the pieces that come to the gate."""
    deltas = asked_in(split.recording, split.pieces(RECORDED))
    return [delta.text for delta in deltas if isinstance(delta, _KINDS[split.channel])]


def said(deltas: list[Delta]) -> dict[str, str]:
    return {
        channel: "".join(delta.text for delta in deltas if isinstance(delta, kind))
        for channel, kind in _KINDS.items()
    }  # fmt: skip


def seed(server: Server, provider: Provider) -> dict[str, int]:
    """An assistant for each case, with its policy; their ids by those of the cases. Before the server starts."""
    rows = [
        {"id": each.id, "word": each.blocked, "protocol": PROTOCOLS[each.recording["dialect"]]}
        for each in splits()
    ]
    script = _SEED.format(rows=json.dumps(rows), url=provider.url("asked"))
    return json.loads(server.manage("shell", "-v0", "-c", script).strip().splitlines()[-1])


def play(provider: Provider, split: Split, size: int) -> str:
    """Have the provider ready for it; the question that is answered by it."""
    provider.script(split.scenario(size), split.script(size))
    return f"s/{split.scenario(size)}"


_SEED = """
import json
from chat.models import Assistant, AssistantVersion, Endpoint, Policy
from chat.policies import storing
made = {{}}
for row in json.loads({rows!r}):
    endpoint, _ = Endpoint.objects.get_or_create(
        name=row["protocol"], defaults={{"protocol": row["protocol"], "url": {url!r}, "model": "fake"}})
    assistant = Assistant.objects.create(name=row["id"])
    assistant.current = AssistantVersion.objects.create(assistant=assistant, number=1, endpoint=endpoint)
    assistant.save()
    own = {{"name": "own", "title": row["id"], "reason": "A case.", "words": [row["word"]], "action": "block",
           "directions": ["output"], "positives": [row["word"]], "negatives": []}}
    policy = Policy.objects.create(name=row["id"])
    policy.assistants.add(assistant)
    rules = {{"kind": "rules", "packs": [], "off": [], "redact": [], "own": [own]}}
    policy.active = storing.new_version(policy.pk, 1, {{"mode": "post", "checkers": [rules], "input": []}})
    policy.save()
    made[row["id"]] = assistant.pk
print(json.dumps(made))
"""
