"""Every recorded answer, played by a provider on loopback in pieces of every size, through the whole product."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from chat.llm import FinishReason
from tests import markdown_page
from tests.client import Client
from tests.provider import Provider
from tests.provider_played import recording
from tests.recordings import ENDS, PROTOCOLS, answer, asked_in_pieces, recordings
from tests.server.reading import PLACES, Page
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

SIZES = (1, 7, 4096, 0)
NOTHING: dict[str, Any] = {"text": "", "reasoning": "", "refusal": "", "tool_calls": []}


@pytest.mark.parametrize("dialect", PROTOCOLS)
def test_every_recording_ends_as_expected_and_looks_the_same_for_each_piece_size(
    sluice: Callable[..., Server], provider: Provider, dialect: str
) -> None:
    cases = recordings(dialect)
    server = sluice(CHAT_PROVIDER_PROTOCOL=PROTOCOLS[dialect])
    client = server.client()
    with ThreadPoolExecutor(4) as pool:
        played = {
            size: list(pool.map(lambda case, s=size: _play(server, client, provider, case, s), cases))
            for size in SIZES
        }
    for number, case in enumerate(cases):
        answers = [played[size][number] for size in SIZES]
        for each in answers[1:]:
            assert each == answers[0], case["id"]


def _play(
    server: Server, client: Client, provider: Provider, case: dict[str, Any], size: int
) -> dict[str, Any]:
    """The end of the turn and what the page shows of it, after a look at whether that is what was recorded."""
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
    return _ended(server, client, turn, page, case)


def _ended(server: Server, client: Client, turn: UUID, page: Page, case: dict[str, Any]) -> dict[str, Any]:
    told = answer(asked_in_pieces(case, 1 << 24))  # held to what is expected of it in test_llm_recordings
    row = server.turn(turn)
    key = str(turn) if server.database else turn.hex
    found = server.rows("SELECT body FROM chat_message WHERE turn_id = %s AND role = 'assistant'", key)
    stored = json.loads(found[0][0]) if found else {**NOTHING}
    where = f"{case['id']}: {row} {server.log[-2000:]}"
    for channel in ("text", "reasoning", "refusal", "tool_calls"):
        assert stored[channel] == told[channel], where
    assert (row["status"], row["finish"]) == _end(told), where
    (usage,) = server.rows("SELECT usage FROM chat_turn WHERE id = %s", key)[0]
    usage = json.loads(usage) if isinstance(usage, str) else usage
    if usage is not None:
        usage.pop("estimated", None)  # our own, beside the provider's
    assert usage == (told["usage"] if found else None), where  # a turn without an answer keeps no count
    assert page.shows_all(stored), f"{where}: the stream drew another page"
    assert page.reasoning == stored["reasoning"], where
    drawn = page.places["calls"].content.elements()
    assert len(drawn) == len(stored["tool_calls"]), where
    for call, node in zip(stored["tool_calls"], drawn, strict=True):
        assert call["name"] in node.text(), where
    nodes = markdown_page.parse(client.answer(turn)).walk()
    shown = {place: node.shape() for node in nodes for place in PLACES if place in _classes(node)}
    assert set(shown) == set(PLACES), where
    return {**row, **{place: _anonymous(shape, turn) for place, shape in shown.items()}}


def _classes(node: markdown_page.Node) -> list[str]:
    return (dict(node.attributes).get("class") or "").split()


def _anonymous(shape: Any, turn: UUID) -> str:
    return repr(shape).replace(str(turn), "")


def _end(told: dict[str, Any]) -> tuple[str, str]:
    """Status and finish of a turn whose answer was told so."""
    reason = ENDS.get(told["finish_reason"], FinishReason.unknown)
    if reason is FinishReason.complete and told["tool_calls"]:
        reason = FinishReason.tool_calls
    if reason in (FinishReason.blocked, FinishReason.unknown):
        return "failed", "blocked" if reason is FinishReason.blocked else "broken"
    answers = told["text"].strip() or told["refusal"].strip() or told["tool_calls"]
    return ("saved", str(reason)) if answers else ("failed", "broken")
