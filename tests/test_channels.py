"""Every channel of an answer: through a gate of its own, told once, kept whole, judged whole."""

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from chat import llm, moderation
from chat.events import Cursor, Event, Kind
from chat.generation import received as words
from chat.generation.channels import Channels
from chat.generation.received import Received
from chat.generation.said import Delta, Said
from chat.models import Finish

END = llm.Finish(llm.FinishReason.complete, "stop")


def call(index: int, arguments: str, name: str = "", id: str = "") -> llm.ToolCall:
    return llm.ToolCall(index, id, name, arguments)


def received(*deltas: llm.Delta, reasoning: bool = True) -> Received:
    found = Received("turn", reasoning)
    for delta in deltas:
        found.take(delta)
    found.conclude()
    return found


def body_of(found: Received) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(found.said.body() or "{}")
    return body


def post(kind: moderation.Kind) -> moderation.Gate:
    return moderation.compile_rules(()).gate("post", kind)


def holding(kind: moderation.Kind) -> moderation.Gate:
    """Lets nothing through before the end of a word."""
    rule = moderation.Rule(
        name="word", title="A", reason="B", pattern=r"[^ ]+never", positives=("whatnever",),
        negatives=("b",), source="-",
    )  # fmt: skip
    return moderation.compile_rules([rule]).gate("post", kind)


def test_the_body_is_everything_that_came_and_calls_that_came_in_turns_are_whole() -> None:
    found = received(
        llm.Reasoning("Both at "), call(0, '{"a"', "weather", "c0"), call(1, "{", "clock", "c1"),
        llm.Reasoning("once."), call(0, ":1}"), llm.Text("Let me "), call(1, "}"), llm.Text("look."),
        llm.Refusal("Not that."), llm.Finish(llm.FinishReason.tool_calls, "tool_calls"),
    )  # fmt: skip
    assert body_of(found) == {
        "text": "Let me look.",
        "reasoning": "Both at once.",
        "refusal": "Not that.",
        "tool_calls": [
            {"id": "c0", "name": "weather", "arguments": '{"a":1}'},
            {"id": "c1", "name": "clock", "arguments": "{}"},
        ],
    }
    assert found.finish == Finish.TOOL_CALLS
    assert found.size == len("Let me look.Both at once.Not that.weather{'a':1}clock{}")


@pytest.mark.parametrize(
    ("deltas", "finish", "sentence"),
    [
        ([END], Finish.BROKEN, words.EMPTY),
        ([], Finish.BROKEN, words.EMPTY),
        ([llm.Reasoning("Hm."), END], Finish.BROKEN, words.THOUGHT_ONLY),
        ([llm.Reasoning("Hm.")], Finish.BROKEN, words.THOUGHT_ONLY),
        ([llm.Reasoning("Hm."), llm.Finish(llm.FinishReason.length, "length")], Finish.BROKEN, words.THOUGHT_ONLY),
        ([llm.Reasoning("Hm."), llm.Finish(llm.FinishReason.blocked, "x")], Finish.BLOCKED, words.BLOCKED),
        ([llm.Finish(llm.FinishReason.tool_calls, "tool_calls")], Finish.BROKEN, words.EMPTY),
        ([llm.Refusal("No."), END], Finish.COMPLETE, ""),
        ([llm.Text("Yes."), END], Finish.COMPLETE, ""),
        ([llm.Text("Yes.")], Finish.BROKEN, words.CUT_OFF),
        ([call(0, "{}", "clock"), END], Finish.TOOL_CALLS, ""),
        ([call(0, "", "clock"), llm.Finish(llm.FinishReason.tool_calls, "")], Finish.TOOL_CALLS, ""),
        ([call(0, '{"a', "clock")], Finish.BROKEN, words.CUT_OFF),
        ([call(0, '{"a', "clock"), llm.Finish(llm.FinishReason.unknown, "?")], Finish.BROKEN, words.CUT_OFF),
        ([call(0, "{", "clock"), llm.Finish(llm.FinishReason.length, "length")], Finish.LENGTH, ""),
    ],
)  # fmt: skip
def test_how_an_answer_ended_is_said_for_what_there_is_of_it(
    deltas: list[llm.Delta], finish: Finish, sentence: str
) -> None:
    found = received(*deltas)
    assert (found.finish, found.sentence) == (finish, sentence)
    assert bool(found.said.body()) == any(not isinstance(delta, llm.Finish) for delta in deltas)


def test_reasoning_that_is_not_wanted_is_nowhere() -> None:
    found = received(llm.Reasoning("secret thought"), llm.Text("Yes."), END, reasoning=False)
    assert body_of(found)["reasoning"] == ""
    assert (found.size, found.said.milliseconds) == (4, None)
    assert found.take(llm.Reasoning("more")) is None


def test_how_long_it_reasoned_is_the_sum_of_its_reasoning(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(words.time, "monotonic", lambda: now)
    found = Received("turn")
    assert found.said.milliseconds is None
    for seconds, delta in [
        (0, llm.Reasoning("a")), (2, llm.Reasoning("b")), (1, llm.Text("x")), (9, llm.Text("y")),
        (1, llm.Reasoning("c")), (0.5, call(0, "{}", "clock")), (7, END),
    ]:  # fmt: skip
        now += seconds
        found.take(delta)
    found.conclude()
    assert found.said.milliseconds == 3500


def told(channels: Channels, said: Said, milliseconds: int | None = None) -> list[Delta]:
    found = channels.take(milliseconds)
    for kind, data in found:
        said.add(kind, data)
    return found


def test_a_tick_tells_one_delta_of_each_channel_and_call() -> None:
    channels, readers = Channels(post, asyncio.Event()), Said()
    deltas: list[Delta] = [
        (Kind.REASONING, {"text": "Hm"}), (Kind.TEXT, {"text": "a"}), (Kind.REASONING, {"text": "!"}),
        (Kind.TOOL, {"index": 3, "id": "c3", "name": "clock", "text": "{"}), (Kind.TEXT, {"text": "b"}),
        (Kind.TOOL, {"index": 3, "id": "", "name": "", "text": "}"}), (Kind.REFUSAL, {"text": "No."}),
    ]  # fmt: skip
    channels.feed(deltas)
    assert told(channels, readers, 1200) == [
        (Kind.REASONING, {"text": "Hm!"}),
        (Kind.THOUGHT, {"milliseconds": 1200}),
        (Kind.REFUSAL, {"text": "No."}),
        (Kind.TEXT, {"text": "ab"}),
        (Kind.TOOL, {"index": 3, "id": "c3", "name": "clock", "text": "{}"}),
    ]
    assert told(channels, readers, 1200) == []


@pytest.mark.slow
@pytest.mark.parametrize("gate", [post, holding])
@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_gates_and_the_ticks_readers_get_all_of_it_in_order(
    gate: Callable[[moderation.Kind], moderation.Gate], seed: int
) -> None:
    chance, more = random.Random(seed), asyncio.Event()
    channels, readers, found = Channels(gate, more), Said(), Received("turn")
    for _ in range(200):
        text = chance.choice(["a", "bc ", " d", "e f g", "\n"])
        kind = chance.choice([llm.Text, llm.Text, llm.Reasoning, llm.Refusal, None])
        index = chance.randrange(3)
        known = {json.dumps(call["id"]) for call in body_of(found).get("tool_calls", [])}
        new = json.dumps(f"c{index}") not in known
        delta = (
            kind(text) if kind else call(index, text, "two words" if new else "", f"c{index}" if new else "")
        )
        channels.feed(found.take_all([delta]))
        if chance.random() < 0.3:
            whole, so_far = (
                json.loads(found.said.body()),
                told(channels, readers) and json.loads(readers.body()),
            )
            for name in ("text", "reasoning", "refusal") if so_far else ():
                assert whole[name].startswith(so_far[name])
    channels.finish()
    told(channels, readers)
    assert json.loads(readers.body())["text"] == body_of(found)["text"]
    by_id = [sorted(json.loads(said.body())["tool_calls"], key=str) for said in (readers, found.said)]
    assert by_id[0] == by_id[1]
    assert readers.text(Kind.REASONING) == found.said.text(Kind.REASONING)
    assert readers.text(Kind.REFUSAL) == found.said.text(Kind.REFUSAL)


def test_no_word_of_a_name_is_told_before_its_gate_lets_all_of_it_through() -> None:
    channels = Channels(lambda kind: moderation.compile_rules(()).gate("full", kind), asyncio.Event())
    channels.feed([(Kind.TOOL, {"index": 0, "id": "c", "name": "forbidden", "text": "{}"})])
    channels.finish()
    assert channels.take() == []


def test_what_readers_have_is_not_told_again_and_what_follows_is() -> None:
    said, channels = Said(), Channels(holding, asyncio.Event())
    for kind, text in ((Kind.REASONING, "I think so"), (Kind.TEXT, "Let me ")):
        said.write(kind, text)
    said.milliseconds = 900
    channels.know(said.deltas())
    assert channels.take(900) == []
    channels.feed([(Kind.TEXT, {"text": "look. "})])
    assert channels.take(900) == [(Kind.TEXT, {"text": "look. "})]
    channels.feed([(Kind.REASONING, {"text": " now "})])
    assert channels.take(900) == [(Kind.REASONING, {"text": " now "})]


def test_a_log_gives_back_what_was_said() -> None:
    said = Said()
    for delta in [
        (Kind.REASONING, {"text": "Hm."}), (Kind.THOUGHT, {"milliseconds": 40}), (Kind.REFUSAL, {"text": "No."}),
        (Kind.TEXT, {"text": "Yes."}), (Kind.TOOL, {"index": 1, "id": "b", "name": "n", "text": "{}"}),
        (Kind.TOOL, {"index": 0, "id": "a", "name": "m", "text": ""}),
    ]:  # fmt: skip
        said.add(*delta)
    events = [Event(Cursor(1, seq), *delta) for seq, delta in enumerate(said.deltas(), 1)]
    again = Said.of(
        [Event(Cursor(1, 0), Kind.STARTED, {}), *events, Event(Cursor(1, 9), Kind.MODERATING, {})]
    )
    assert (again.deltas(), again.body(), again.size) == (said.deltas(), said.body(), said.size)
