"""Every recorded text answer, played by a provider on loopback in pieces of every size, through the whole product."""

import hashlib
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from chat import markdown
from tests.client import Client
from tests.material import load
from tests.provider import Provider
from tests.provider_server import recording
from tests.server.reading import Page
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

SIZES = (1, 7, 4096, 0)
# Between the content's tags; what follows it in the article says how it ended and what can be done.
_CONTENT = re.compile(r'<div class="content[^>]*>(.*?)</div>\s*<div class="refusal', re.DOTALL)
_OTHER = ("reasoning", "reasoning_sha256", "refusal", "tool_calls")
FINISH = {"stop": "complete", "length": "length"}


def recordings() -> list[dict[str, Any]]:
    """The ones whose expected result is text and nothing else."""
    found = [case for case in load("1-streams/cases.jsonl") if case["dialect"] == "openai-chat"]
    return [
        case
        for case in found
        if {"text", "text_sha256"} & set(case["expected"]) and not set(_OTHER) & set(case["expected"])
    ]


def test_every_recording_ends_as_expected_and_looks_the_same_for_each_piece_size(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    cases = recordings()
    assert len(cases) > 30
    server = sluice()
    client = server.client()
    with ThreadPoolExecutor(4) as pool:
        played = {
            size: list(pool.map(lambda case, s=size: _play(server, client, provider, case, s), cases))
            for size in SIZES
        }
    for number, case in enumerate(cases):
        answers = [played[size][number] for size in SIZES]
        assert len({answer["html"] for answer in answers}) == 1, case["id"]
        for answer in answers:
            _expect(answer, case["expected"], case["id"])


def _play(
    server: Server, client: Client, provider: Provider, case: dict[str, Any], size: int
) -> dict[str, Any]:
    scenario = f"{size}-{case['id']}"
    # Not before the reader is there: the answer of a turn that has ended comes from the database.
    provider.script(scenario, [["gate"], *recording(size, case["id"] + "/")])
    turn = client.ask(f"s/{quote(scenario, safe='')}")
    page = Page()
    with client.events(turn) as stream:
        stream.until("state")
        provider.release(scenario)
        for event in stream:
            page.apply(event)
    assert event.name == "done", event
    text = server.message(turn)
    assert text is not None, (case["id"], server.turn(turn))
    assert page.shows(text), f"{case['id']} in pieces of {size}: the stream drew another page"
    html = _CONTENT.search(client.answer(turn))[1]
    assert html == markdown.render(text), case["id"]
    return {"text": text, "html": html, "finish": server.turn(turn)["finish"], "usage": _usage(server, turn)}


def _usage(server: Server, turn: UUID) -> Any:
    stored = server.rows(
        "SELECT usage FROM chat_turn WHERE id = %s", str(turn) if server.database else turn.hex
    )[0][0]
    return json.loads(stored) if isinstance(stored, str) else stored


def _expect(answer: dict[str, Any], expected: dict[str, Any], name: str) -> None:
    if "text" in expected:
        assert answer["text"] == expected["text"], name
    else:
        assert hashlib.sha256(answer["text"].encode()).hexdigest() == expected["text_sha256"], name
    assert answer["finish"] == FINISH[expected["finish_reason"]], name
    assert answer["usage"] == expected.get("usage"), name
