"""Reasoning, refusal and calls of tools, live and kept: from any cursor, over deaths and stops, judged with the text."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from chat.generation.received import THOUGHT_ONLY
from tests.client import Client
from tests.provider import END, FORBIDDEN, SECRET, Provider
from tests.provider_scripts import CALLED, Script, Step, call
from tests.redis_server import RedisServer
from tests.server import sound
from tests.server.reading import Page
from tests.servers import Server
from tests.sse import Event, Stream

pytestmark = [pytest.mark.server, pytest.mark.slow]


# Reasoning that comes back, two calls written in turns, text between them, and a refusal.
MIXED: Script = [
    ["reasoning", "Let me <see>"], ["reasoning", " & think.\n"], ["reasoning", "\n"], ["text", "I *look*"],
    ["text", " it up"], call(0, "", "weather", "c0"), call(1, '{"zone": ', "clock", "c1"), call(0, '{"city": "Pa'),
    ["text", ".\n\n- one\n"], call(1, '"CET"}'), call(0, 'ris", "days": [1, 2'), ["refusal", "I will not "],
    ["reasoning", "Once more."], call(0, ", 3]}"), ["refusal", "say *that* now."], ["text", "- two\n\nDone."],
]  # fmt: skip
WHOLE = {
    "text": "I *look* it up.\n\n- one\n- two\n\nDone.",
    "reasoning": "Let me <see> & think.\n\nOnce more.",
    "refusal": "I will not say *that* now.",
    "tool_calls": [
        {"id": "c0", "name": "weather", "arguments": '{"city": "Paris", "days": [1, 2, 3]}'},
        {"id": "c1", "name": "clock", "arguments": '{"zone": "CET"}'},
    ],
}


def body_of(server: Server, turn: UUID) -> dict[str, Any] | None:
    rows = dict(sound.rows(server, "message", "role, body", turn))
    return json.loads(rows["assistant"]) if "assistant" in rows else None


def follow(stream: Stream, page: Page, until: Callable[[], object]) -> list[Event]:
    """Apply what comes until that is so."""
    seen = []
    for event in stream:
        page.apply(event)
        seen.append(event)
        if until():
            return seen
    raise AssertionError(f"the stream ended before: {seen[-1:]}")


def to_the_end(stream: Stream, page: Page) -> dict[str, Any]:
    for event in stream:
        page.apply(event)
    assert event.name == "done", event
    return json.loads(event.data)


def played(
    server: Server, provider: Provider, name: str, script: Script, state: str
) -> tuple[UUID, dict[str, Any]]:
    """A turn of that script, which ends in that state, and what is stored of it."""
    provider.script(name, script)
    client = server.client()
    turn = client.ask(f"s/{name}")
    assert client.finished(turn)["state"] == state, server.log
    return turn, body_of(server, turn) or {}


def test_from_any_cursor_every_channel_goes_on_exactly(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    provider.script("mixed", [step for piece in MIXED for step in (piece, ["gate"])] + END)
    client = server.client()
    turn, page = client.ask("s/mixed"), Page()
    pages: dict[str, Page] = {"": Page()}
    with client.events(turn) as stream:
        for event in stream:
            page.apply(event)
            if event.id:
                if event.id not in pages and len(pages) < len(MIXED):  # not the gate before its end
                    provider.release("mixed")
                pages[event.id] = copy.deepcopy(page)
            if page.shows_all(WHOLE):
                break
        assert len(pages) >= len(MIXED) - 2
        for cursor, so_far in pages.items():
            with client.events(turn, after=cursor) as again:
                if not so_far.shows_all(WHOLE):
                    follow(again, so_far, lambda so_far=so_far: so_far.shows_all(WHOLE))
            assert so_far.says == page.says, cursor
        provider.release("mixed", 99)
        assert to_the_end(stream, page)["state"] == "saved"
    assert page.shows_all(WHOLE)
    assert body_of(server, turn) == WHOLE
    assert server.turn(turn)["finish"] == "tool_calls"
    sound.check(server)


def test_calls_without_text_are_an_answer_and_reasoning_alone_is_none(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    turn, body = played(server, provider, "calls", [call(0, "{}", "clock", "c"), *CALLED], "saved")
    assert body["tool_calls"] == [{"id": "c", "name": "clock", "arguments": "{}"}]
    assert server.turn(turn)["finish"] == "tool_calls"
    assert "clock" in server.client().answer(turn)

    turn, body = played(server, provider, "thoughts", [["reasoning", "Hm, hm."], *END], "failed")
    assert body["reasoning"] == "Hm, hm."
    answer = server.client().answer(turn)
    assert THOUGHT_ONLY in answer
    assert "Hm, hm." in answer

    turn, body = played(server, provider, "nothing", END, "failed")
    assert body == {}
    # What a model thought is nothing that it is told of.
    provider.script("next", [["text", "Yes."], *END])
    conversation = server.rows("SELECT conversation_id FROM chat_turn WHERE finish = 'tool_calls'")[0][0]
    client = server.client()
    client.finished(client.ask("s/next", conversation=UUID(str(conversation)), parent=""))
    assert "Hm" not in json.dumps(provider.requests("next")[-1]["body"])


def test_how_long_it_thought_is_told_at_once_and_stays(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    provider.script("slow", [["reasoning", "Let me see."], ["wait", 1.7], ["text", "Yes."], ["gate"], *END])
    client, page = server.client(), Page()
    turn = client.ask("s/slow")
    with client.events(turn) as stream:
        follow(stream, page, lambda: page.reasoning)
        assert page.says == "Reasoning"
        follow(stream, page, lambda: page.text)
        assert re.fullmatch(r"Thought for \d+ s", page.says)
        provider.release("slow")
        to_the_end(stream, page)
    [(milliseconds,)] = sound.rows(server, "turn", "thought", turn, key="id")
    # From when it was taken, which on a busy machine is later than when it was said.
    assert milliseconds >= 1000
    assert f">{page.says}</span>" in client.answer(turn)


def test_reasoning_is_nowhere_where_it_is_switched_off(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_REASONING="0")
    provider.script("off", [["reasoning", "a thought"], ["text", "Yes."], ["gate"], *END])
    client, page = server.client(), Page()
    turn = client.ask("s/off")
    with client.events(turn) as stream:
        seen = follow(stream, page, lambda: page.text)
        provider.release("off")
        to_the_end(stream, page)
    assert "a thought" not in "".join(event.data for event in seen)
    assert body_of(server, turn) == {"text": "Yes.", "reasoning": "", "refusal": "", "tool_calls": []}
    assert "a thought" not in client.answer(turn)


@pytest.mark.parametrize(
    ("steps", "length"),
    [
        ([["reasoning", "r" * 900], ["text", "t" * 200]], 1000),
        ([["text", "t" * 900], call(0, '"' + "a" * 200, "clock", "c")], 1000),
        ([["text", "t" * 500], ["refusal", "n" * 600]], 1000),
        # Half a name would be another tool's.
        ([["text", "t" * 998], call(0, "{}", "clock", "c")], 998),
    ],
)
def test_the_limit_is_of_all_channels_together_and_to_the_character(
    sluice: Callable[..., Server], provider: Provider, steps: Script, length: int
) -> None:
    server = sluice(CHAT_MAX_ANSWER="1000")
    turn, body = played(server, provider, "long", [*steps, ["text", "never"], *END], "saved")
    assert server.turn(turn)["finish"] == "length"
    calls = sum(len(each["name"] + each["arguments"]) for each in body["tool_calls"])
    assert len(body["text"] + body["reasoning"] + body["refusal"]) + calls == length


def steps_with(word: str) -> list[Step]:
    """A step of each channel but the text."""
    return [
        ["reasoning", f"The word is {word}."],
        call(0, json.dumps({"word": word}), "post", "c"),
        ["refusal", f"I cannot use {word}."],
    ]


@pytest.mark.parametrize(
    ("step", "text", "beside"), [(0, 5, 22), (1, 5, 25), (2, 28, 0)], ids=["reasoning", "call", "refusal"]
)
def test_what_stands_beside_the_text_is_judged_and_taken_back_with_it(
    sluice: Callable[..., Server], provider: Provider, step: int, text: int, beside: int
) -> None:
    server = sluice(CHAT_MODERATION_URL=provider.moderate("check", "words"))
    provider.script("leak", [["text", "Well,"], steps_with(FORBIDDEN)[step], ["gate"], *END])
    client, page = server.client(), Page()
    turn = client.ask("s/leak")
    with client.events(turn) as stream:
        follow(stream, page, lambda: FORBIDDEN in "".join(p.content.text() for p in page.places.values()))
        provider.release("leak")
        assert to_the_end(stream, page)["state"] == "held"
    assert body_of(server, turn) is None
    shown = sound.rows(server, "exposure", "route, characters, beside", turn)
    assert shown == [("sse", text, beside)]
    assert FORBIDDEN not in client.answer(turn)
    with client.events(turn) as stream:
        assert FORBIDDEN not in "".join(event.data for event in stream)


@pytest.mark.parametrize("step", [0, 1, 2], ids=["reasoning", "call", "refusal"])
def test_what_a_rule_finds_beside_the_text_is_shown_nowhere_and_ends_the_answer(
    sluice: Callable[..., Server], provider: Provider, step: int
) -> None:
    server = sluice()
    provider.script("leak", [["text", "Well,"], ["gate"], steps_with(SECRET)[step], ["hang"]])
    client, page = server.client(), Page()
    turn = client.ask("s/leak")
    with client.events(turn) as stream:
        seen = follow(stream, page, lambda: page.text)
        provider.release("leak")
        seen += list(stream)
    assert json.loads(seen[-1].data)["state"] == "held"
    assert server.turn(turn)["finish"] == "blocked"
    assert SECRET[:6] not in "".join(event.data for event in seen)
    assert SECRET[:6] not in client.answer(turn)
    assert provider.wait_for_end(provider.requests("leak")[0]["n"])["ended_by"] == "client"


def test_a_stop_while_it_thinks_keeps_what_it_thought(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    provider.script("thinks", [["reasoning", "Hm, let me"], ["gate"], *END])
    client, page = server.client(), Page()
    turn = client.ask("s/thinks")
    with client.events(turn) as stream:
        follow(stream, page, lambda: page.reasoning)
        client.stop(turn)
        assert to_the_end(stream, page)["state"] == "stopped"
    assert (body_of(server, turn) or {})["reasoning"] == "Hm, let me"
    assert "This answer is incomplete." in client.answer(turn)


def test_an_answer_that_breaks_off_inside_a_call_ends_with_what_there_is(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_CONTINUES="assistant")
    half: Script = [["text", "I look."], call(0, '{"city": "Par', "weather", "c"), ["wait", 0.1], ["cut"]]
    turn, body = played(server, provider, "half", half, "failed")
    assert body["tool_calls"] == [{"id": "c", "name": "weather", "arguments": '{"city": "Par'}]
    assert len(provider.requests("half")) == 1
    answer = server.client().answer(turn)
    assert "Interrupted." in answer
    assert "weather" in answer


def test_after_a_death_text_and_reasoning_go_on_and_half_a_call_starts_over(
    sluice: Callable[..., Server], provider: Provider, redis: RedisServer
) -> None:
    writer = sluice(REDIS_URL=redis.url, CHAT_PROVIDER_CONTINUES="assistant")
    other = writer.beside().start()
    client: Client = other.client()
    thoughts: Script = [["reasoning", "Let me "], ["reasoning", "see."], ["text", "I "]]
    provider.script("on", [*thoughts, ["gate"], ["text", "see."], ["gate"], *END])
    provider.script(
        "over", [*thoughts, call(0, '{"a', "weather", "c"), ["gate"], call(0, '": 1}'), ["gate"], *CALLED]
    )
    pages = {name: Page() for name in ("on", "over")}
    asked = {name: writer.client().ask(f"s/{name}") for name in pages}
    streams = {name: client.events(turn) for name, turn in asked.items()}
    follow(streams["on"], pages["on"], lambda: pages["on"].text)
    follow(streams["over"], pages["over"], lambda: pages["over"].places["calls"].content.kids)
    writer.kill()
    for name in pages:
        assert len(provider.wait_for_request(name, 2, within=60)["body"]["messages"]) == (
            2 if name == "on" else 1
        )
        provider.release(name, 99)
        assert to_the_end(streams[name], pages[name])["state"] == "saved"
    nothing = {"refusal": "", "tool_calls": []}
    body = body_of(other, asked["on"])
    assert body == {"text": "I see.", "reasoning": "Let me see.", **nothing}
    assert pages["on"].shows_all(body)
    body = body_of(other, asked["over"])
    calls = [{"id": "c", "name": "weather", "arguments": '{"a": 1}'}]
    assert body == {**nothing, "text": "I ", "reasoning": "Let me see.", "tool_calls": calls}
    assert pages["over"].shows_all(body)
    epochs = [sound.rows(other, "turn", "epoch", asked[name], key="id")[0][0] for name in pages]
    assert epochs == [1, 2]
    sound.check(other)


def test_an_answer_that_kills_its_processes_inside_a_call_ends_with_what_there_is(
    sluice: Callable[..., Server], provider: Provider, redis: RedisServer
) -> None:
    pair = [sluice(REDIS_URL=redis.url, CHAT_PROVIDER_CONTINUES="assistant")]
    pair.append(pair[0].beside().start())
    provider.script(
        "kills", [["reasoning", "Let me see."], call(0, '{"a": ', "weather", "c"), ["gate"], *CALLED]
    )
    turn = pair[0].client().ask("s/kills")
    for number in (0, 1):
        page = Page()
        with pair[1 - number].client().events(turn) as stream:
            follow(stream, page, lambda page=page: page.places["calls"].content.kids)
            provider.wait_for_request("kills", number + 1)
            pair[number].kill()
            if number == 0:
                follow(stream, page, lambda: len(provider.requests("kills")) == 2)
                follow(stream, page, lambda page=page: page.places["calls"].content.kids)
        pair[number].start()
    client = pair[0].client()
    assert client.finished(turn)["state"] == "failed"
    body = body_of(pair[0], turn) or {}
    assert body["reasoning"] == "Let me see."
    assert body["tool_calls"] == [{"id": "c", "name": "weather", "arguments": '{"a": '}]
    sound.check(pair[0])
