"""A beginning is sent as the provider wants it, and what comes back joins it without a gap or a repetition."""

import asyncio
import random
from typing import Any

import pytest

from chat.llm import Asked, Beginning, Client, Finish, FinishReason, ProviderError, Text, broke_off
from chat.llm.continuing import CERTAIN, Seam
from chat.llm.demo import DemoTransport
from chat.llm.protocols.openai import render_request
from tests.asking import QUESTION, endpoint, no_pause, provider_fixtures, text_of
from tests.provider import END, Provider
from tests.server.texts import text_of as some_text

pytestmark = pytest.mark.slow

running, provider = provider_fixtures()
LONG = "A beginning that is long enough, and does not repeat itself."


@pytest.mark.parametrize(
    ("continues", "message", "fields"),
    [
        ("assistant", {}, {}),
        ("vllm", {}, {"continue_final_message": True, "add_generation_prompt": False}),
        ("prefix", {"prefix": True, "reasoning_content": "Hm"}, {}),
    ],
)
def test_a_beginning_is_the_last_message_without_the_blanks_at_its_end(
    continues: str, message: dict[str, Any], fields: dict[str, Any]
) -> None:
    here = endpoint("http://h/v1", continues=continues)
    usual = render_request(Asked(QUESTION), here)
    asked = render_request(Asked(QUESTION, beginning=Beginning("One, \n\n", "Hm")), here)
    assert asked.pop("messages") == [*QUESTION, {"role": "assistant", "content": "One,", **message}]
    assert usual.pop("messages") == QUESTION
    assert asked == {**usual, **fields}
    blank = render_request(Asked(QUESTION, beginning=Beginning(" \n")), here)
    assert blank == render_request(Asked(QUESTION), here)


def joined(beginning: str, *pieces: str, ended: bool = True) -> str:
    seam = Seam(beginning)
    deltas = [delta for piece in pieces for delta in seam.joined([Text(piece)])]
    if ended:
        deltas += seam.joined([Finish(FinishReason.complete, "stop")])
        assert isinstance(deltas[-1], Finish)
    return beginning + text_of(deltas)


@pytest.mark.parametrize(
    ("beginning", "continuation", "whole"),
    [
        ("One, ", " two", "One, two"),
        ("One,\n\n", "\n\ntwo", "One,\n\ntwo"),
        ("One,\n", "\n\n  two", "One,\n\n  two"),
        ("One,\n\n", "two", "One,\n\ntwo"),  # it trims what it is given, or what it says
        ("One,\n\n", "\ntwo", "One,\n\ntwo"),
        ("One, ", "\ntwo", "One, \ntwo"),  # it goes on otherwise than it had; what was shown stays
        ("One,", " two", "One, two"),
        ("e", "\u0301t\u00e9", "e\u0301t\u00e9"),
        ("\N{WOMAN}\u200d", "\N{PERSONAL COMPUTER}.", "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}."),
        ("no ", "no no", "no no no"),  # too short to be sure
        (LONG + " ", LONG + " More.", LONG + " More."),
        (LONG, LONG[:-1] + "!", LONG + LONG[:-1] + "!"),
        (LONG, LONG[:9], LONG + LONG[:9]),
        ("-" * CERTAIN, "-" * CERTAIN + ".", "-" * 2 * CERTAIN + "."),
        ("again and " * 9, "again and " * 9, "again and " * 8 + "again and " + "again and " * 9),
        (LONG, "", LONG),
    ],
)
def test_a_continuation_joins_its_beginning_in_pieces_of_any_size(
    beginning: str, continuation: str, whole: str
) -> None:
    for size in (1, 2, 7, 1000):
        pieces = [continuation[at : at + size] for at in range(0, len(continuation), size)]
        assert joined(beginning, *pieces) == whole


def test_half_a_repetition_is_not_taken_for_text_when_the_answer_breaks_off_in_it() -> None:
    assert joined(LONG, LONG[:20], ended=False) == LONG


def test_a_surrogate_pair_is_whole_on_one_side_of_the_seam(provider: Provider) -> None:
    half = [["raw", 'data: {"choices": [{"delta": {"content": "Hi \\ud83d"}}]}\n\n']]
    provider.script("emoji", [*half, ["reset"]], [["text", "Hi \N{GRINNING FACE}!"], *END])
    found: list[Any] = []
    with pytest.raises(ProviderError) as error:
        follow(provider.url("emoji"), "", found)
    assert broke_off(error.value)
    assert text_of(found) == "Hi "
    assert text_of(follow(provider.url("emoji"), text_of(found), [])) == "\N{GRINNING FACE}!"


@pytest.mark.parametrize("manner", [[], [["continues", "repeats"]]])
def test_a_provider_goes_on_at_any_character(provider: Provider, manner: list[list[str]]) -> None:
    whole = some_text(7)
    pieces = [["text", whole[at : at + 9]] for at in range(0, len(whole), 9)]
    provider.script("cut", [*manner, *pieces, *END])
    chance = random.Random(7)
    for at in [1, len(whole), *(chance.randrange(CERTAIN + 1, len(whole)) for _ in range(30))]:
        if manner and at < CERTAIN:
            continue
        assert whole[:at] + text_of(follow(provider.url("cut"), whole[:at], [])) == whole


def test_the_demo_goes_on_at_any_character() -> None:
    async def ask(client: Client, beginning: str) -> str:
        stream = client.batches(Asked(QUESTION, beginning=Beginning(beginning)), label="t")
        return text_of([delta async for batch in stream for delta in batch])

    async def scenario() -> None:
        client = Client(endpoint("http://demo.invalid/v1", protocol="demo"), DemoTransport(pace=0))
        whole = await ask(client, "")
        assert len(whole) > 200
        for at in range(1, len(whole), 17):
            assert whole[:at] + await ask(client, whole[:at]) == whole
        await client.aclose()

    asyncio.run(scenario())


def follow(url: str, beginning: str, into: list[Any], **changes: Any) -> list[Any]:
    """The deltas after a beginning; they are in `into` even when it breaks off."""

    async def run() -> None:
        client = Client(endpoint(url, continues="assistant", **changes), sleep=no_pause)
        try:
            async for batch in client.batches(Asked(QUESTION, beginning=Beginning(beginning)), label="t"):
                into.extend(batch)
        finally:
            await client.aclose()

    asyncio.run(run())
    return into
