"""The provider breaks off in the middle of an answer; one that can go on is asked for the rest, and nobody notices."""

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.client import Client
from tests.provider import END, Provider
from tests.server import sound
from tests.server.reading import Page
from tests.server.texts import text_of
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

ERROR = ["event", {"error": {"message": "the engine is overloaded", "code": 503}}]
BREAKS = [["reset"], ["cut"], ERROR, ["raw", "data: {broken\n\n"]]
PIECES = ["First part. ", "Second part, ", "and the third."]


def breaking(whole: str, number: int) -> tuple[list[Any], int]:
    """A script of the text with breaks at a few random characters, and how many."""
    chance = random.Random(number)
    places = sorted(chance.sample(range(40, len(whole)), 4))
    steps: list[Any] = []
    for start, end in zip([0, *places], [*places, len(whole)], strict=True):
        steps += [["text", whole[at : min(at + 9, end)]] for at in range(start, end, 9)]
        # What is cut off must have been read: a reset takes what is still on its way with it.
        steps += [["wait", 0.1], chance.choice(BREAKS)] if end < len(whole) else []
    return [*steps, *END], len(places)


@pytest.mark.parametrize(("protocol", "answers"), [("openai", 12), ("anthropic", 4), ("ollama", 4)])
def test_an_answer_that_breaks_off_at_random_characters_is_the_same_as_one_that_does_not(
    sluice: Callable[..., Server], provider: Provider, protocol: str, answers: int
) -> None:
    server = sluice(CHAT_PROVIDER_CONTINUES="assistant", CHAT_PROVIDER_PROTOCOL=protocol)
    client = server.client()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: _breaks(server, client, provider, number), range(answers)))
    assert 'sluice_answers_continued_total{after="break"}' in client.get("/metrics").text
    sound.check(server)


def _breaks(server: Server, client: Client, provider: Provider, number: int) -> None:
    whole, name, page = text_of(number), f"breaks-{number}", Page()
    steps, count = breaking(whole, number)
    provider.script(name, [["gate"], *steps])
    turn = client.ask(f"s/{name}")
    with client.events(turn) as stream:
        stream.until("state")
        provider.release(name)
        seen = []
        for event in stream:
            page.apply(event)
            seen.append(event)
    assert json.loads(seen[-1].data)["state"] == "saved", server.log
    assert server.message(turn) == whole, name
    assert page.shows(whole), name
    assert page.redraws == 0, name
    assert {event.id.partition(".")[0] for event in seen if event.id} == {"1"}
    row = server.turn(turn)
    assert (row["finish"], row["attempt"]) == ("complete", 1)
    asked = [request["body"]["messages"] for request in provider.requests(name)]
    # Two breaks that only blanks lie between are one to whoever is given the text without its last blanks.
    assert 2 < len(asked) <= count + 1
    assert [messages[-1]["role"] for messages in asked] == ["user"] + ["assistant"] * (len(asked) - 1)
    # The count is the last request's alone, and says so.
    usage = sound.rows(server, "turn", "usage", turn, key="id")[0][0]
    assert (json.loads(usage) if isinstance(usage, str) else usage)["continued"] is True


@pytest.mark.parametrize("continues", ["none", "assistant"])
def test_an_answer_that_cannot_go_on_is_kept_as_incomplete(
    sluice: Callable[..., Server], provider: Provider, continues: str
) -> None:
    server = sluice(CHAT_PROVIDER_CONTINUES=continues)
    client = server.client()
    first = [["text", PIECES[0]], ["wait", 0.1], ["reset"]]
    provider.script("half", first, [["status", 400, {}, '{"error": {"message": "no prefill"}}']])
    turn = client.ask("s/half")
    assert client.finished(turn)["state"] == "failed"
    assert server.message(turn) == PIECES[0]
    answer = client.answer(turn)
    assert "The connection to the model was lost while its answer was incomplete." in answer
    assert "Continue" in answer
    assert len(provider.requests("half")) == (1 if continues == "none" else 2)


@pytest.mark.parametrize("late", [ERROR, ["raw", "data: {broken\n\n"]], ids=["an error", "no JSON"])
def test_what_comes_after_the_end_spoils_it_and_nobody_is_asked_for_a_rest(
    sluice: Callable[..., Server], provider: Provider, late: list[Any]
) -> None:
    """It may be a guardrail's last word; and whoever has said all would say it again."""
    server = sluice(CHAT_PROVIDER_CONTINUES="assistant")
    client = server.client()
    provider.script("late", [["text", PIECES[0]], ["finish", "stop"], late, *END])
    turn = client.ask("s/late")
    assert client.finished(turn)["state"] == "failed"
    assert server.message(turn) == PIECES[0]
    assert len(provider.requests("late")) == 1


def test_a_provider_that_brings_nothing_more_is_not_asked_for_ever(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_CONTINUES="assistant")
    client = server.client()
    provider.script("half", [["text", PIECES[0]], ["wait", 0.1], ["reset"], ["headers", {}], ["cut"]])
    turn = client.ask("s/half")
    assert client.finished(turn)["state"] == "failed"
    assert server.message(turn) == PIECES[0]
    assert 2 < len(provider.requests("half")) < 10


def test_a_reader_is_told_why_nothing_comes_and_no_more_once_it_does(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_CONTINUES="assistant")
    client = server.client()
    script = [["text", PIECES[0]], ["wait", 0.1], ["reset"], ["gate"], ["text", PIECES[1]], ["gate"], *END]
    provider.script("half", script)
    turn = client.ask("s/half")
    page = Page()
    notes: list[str] = []
    with client.events(turn) as stream:
        for event in stream:
            page.apply(event)
            if event.name == "state":
                notes.append(json.loads(event.data)["note"])
                if any("broke off" in note for note in notes):
                    provider.release("half")
    assert notes[-1] == "" or "checked" in notes[-1]
    assert "The model broke off. It is being asked to go on…" in notes
    assert server.message(turn) == "".join(PIECES[:2])
    assert page.redraws == 0


def test_the_length_limit_counts_an_answer_as_a_whole(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_CONTINUES="assistant", CHAT_MAX_ANSWER="1000")
    client = server.client()
    steps = [["text", "12345678 "]] * 80
    provider.script("long", [*steps, ["wait", 0.1], ["reset"], *steps, *END])
    turn = client.ask("s/long")
    client.finished(turn)
    assert server.turn(turn)["finish"] == "length"
    stored = server.message(turn)
    assert stored is not None
    assert stored == ("12345678 " * 160)[:1000]
