"""Recorded answers of real servers, played into the page."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.material import folder, load
from tests.provider import Provider
from tests.provider_scripts import Script
from tests.servers import Server

from .house import ANSWER
from .talk import ends, is_what_is_stored, say

OTHER_CHANNELS = {"tool_calls", "reasoning", "reasoning_sha256", "refusal"}
PIECE = 509  # bytes; ends inside characters, lines and events


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


def recordings(count: int) -> list[dict[str, Any]]:
    """Those whose answer is text alone, the longest first."""
    found = [
        case
        for case in load("1-streams/cases.jsonl")
        if case["dialect"] == "openai-chat" and not OTHER_CHANNELS & set(case["expected"])
    ]
    return sorted(found, key=lambda case: -length(case["expected"]))[:count]


def length(expected: dict[str, Any]) -> int:
    return expected["text_len"] if "text_len" in expected else len(expected["text"])


def played(body: bytes) -> Script:
    pieces = [body[i : i + PIECE] for i in range(0, len(body), PIECE)]
    return [
        ["headers", {"Content-Type": "text/event-stream"}],
        *(
            step
            for piece in pieces
            for step in (["bytes", base64.b64encode(piece).decode()], ["wait", 0.001])
        ),
    ]


def test_recorded_answers_are_shown_as_they_are_stored_and_as_a_reload_shows_them(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    cases = recordings(12)
    bodies = [(folder() / "1-streams" / case["file"]).read_bytes() for case in cases]  # type: ignore[operator]
    provider.clear()
    provider.script(ANSWER, *map(played, bodies))
    page = open_page(server)
    for case in cases:
        turn = say(page, case["id"])
        ends(page, turn)
        is_what_is_stored(page, server, turn)
        stored, expected = server.message(turn) or "", case["expected"]
        if "text" in expected:
            assert stored == expected["text"], case["id"]
        else:
            assert hashlib.sha256(stored.encode()).hexdigest() == expected["text_sha256"], case["id"]
