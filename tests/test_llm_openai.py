"""The chat completions format: its dialects and its errors. Recorded answers are in test_llm_recordings.py."""

import json
from typing import Any

import pytest

from chat.llm import Asked, Delta, Finish, FinishReason, Reasoning, Text, Usage
from chat.llm.protocols.openai import Parser, render_request
from chat.llm.sse import Decoder
from tests.asking import endpoint
from tests.recordings import answer


def parse(body: bytes, size: int = 1 << 20) -> list[Delta]:
    decoder, parser = Decoder(), Parser()
    deltas: list[Delta] = []
    for i in range(0, len(body), size):
        for event in decoder.feed(body[i : i + size]):
            deltas += parser.feed(event)
    for event in decoder.finish(lenient=True):
        deltas += parser.feed(event)
    return deltas + parser.finish()


def chunk(content: Any = None, **more: Any) -> bytes:
    delta = {} if content is None else {"content": content}
    return sse({"choices": [{"index": 0, "delta": delta, **more}]})


def sse(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", FinishReason.complete),
        ("length", FinishReason.length),
        ("model_length", FinishReason.length),
        ("content_filter", FinishReason.blocked),
        ("tool_calls", FinishReason.tool_calls),
        ("insufficient_system_resource", FinishReason.unknown),
    ],
)
def test_only_known_finish_reasons_mean_an_end(raw: str, reason: FinishReason) -> None:
    assert parse(chunk("a") + chunk(finish_reason=raw))[-1] == Finish(reason, raw)


@pytest.mark.parametrize("empty", ["", "null", None])
def test_an_empty_finish_reason_is_none(empty: str | None) -> None:
    """Some have one in every chunk: it neither ends the answer nor takes back that it has ended."""
    decoder, parser = Decoder(), Parser()

    def feed(body: bytes) -> list[Delta]:
        return [delta for event in decoder.feed(body) for delta in parser.feed(event)]

    assert feed(chunk("a", finish_reason=empty) * 2) == [Text("a"), Text("a")]
    assert not parser.finished
    feed(chunk("", finish_reason="stop") + chunk("", finish_reason=empty))
    assert parser.finished
    assert parser.finish() == [Finish(FinishReason.complete, "stop")]


def test_a_stream_that_only_ends_has_no_finish() -> None:
    assert parse(chunk("a") + b"data: [DONE]\n\n") == [Text("a")]
    assert parse(chunk("a")) == [Text("a")]


def test_usage_and_finish_come_last_whatever_their_order_on_the_wire() -> None:
    usage = {"total_tokens": 3, "note": "half\ud83d"}
    body = chunk(finish_reason="stop") + sse({"choices": [], "usage": usage}) + chunk("late")
    assert parse(body) == [
        Text("late"),
        Usage({"total_tokens": 3, "note": "half\ufffd"}),
        Finish(FinishReason.complete, "stop"),
    ]


@pytest.mark.parametrize("done", [b"data: [DONE]\n\n", b"data:[DONE] \n\n", b"data: [DONE]"])
def test_nothing_counts_after_done(done: bytes) -> None:
    tail = chunk("more") if done.endswith(b"\n\n") else b""
    assert parse(chunk("a") + done + tail) == [Text("a")]


def test_only_the_first_choice_is_read() -> None:
    other = sse({"choices": [{"index": 1, "delta": {"content": "B"}, "finish_reason": "length"}]})
    assert parse(other + chunk("A") + other + chunk(finish_reason="stop")) == [
        Text("A"),
        Finish(FinishReason.complete, "stop"),
    ]


def test_a_surrogate_pair_split_over_two_events_is_one_character() -> None:
    assert answer(parse(chunk("a\ud83c") + chunk("\udf0db")))["text"] == "a🌍b"
    assert answer(parse(chunk("a\ud83c") + chunk("b") + chunk("\udf0d")))["text"] == "a\ufffdb\ufffd"
    assert answer(parse(chunk("a\ud83c")))["text"] == "a\ufffd"


def test_what_no_database_stores_is_replaced() -> None:
    call = {"index": 0, "id": "i\x00", "function": {"name": "n\udc00", "arguments": "{}\x00"}}
    body = chunk("a\x00b") + sse({"choices": [{"delta": {"tool_calls": [call], "refusal": "\x00"}}]})
    whole = answer(parse(body))
    assert whole["text"] == "a\ufffdb"
    assert whole["refusal"] == "\ufffd"
    assert whole["tool_calls"] == [{"id": "i\ufffd", "name": "n\ufffd", "arguments": "{}\ufffd"}]


def test_bytes_that_are_not_utf8_become_replacement_characters() -> None:
    assert parse(b'data: {"choices":[{"delta":{"content":"a\xffb"}}]}\n\n') == [Text("a\ufffdb")]


def test_think_tags_stay_text() -> None:
    assert parse(chunk("<think>hm</think>yes")) == [Text("<think>hm</think>yes")]


def test_tool_calls_without_an_index_are_told_apart_by_id() -> None:
    calls = [
        {"id": "a", "function": {"name": "one", "arguments": "{"}},
        {"function": {"arguments": "}"}},
        {"id": "b", "function": {"name": "two", "arguments": {"x": 1}}},
    ]
    body = b"".join(sse({"choices": [{"delta": {"tool_calls": [call]}}]}) for call in calls)
    assert answer(parse(body))["tool_calls"] == [
        {"id": "a", "name": "one", "arguments": "{}"},
        {"id": "b", "name": "two", "arguments": '{"x": 1}'},
    ]


@pytest.mark.parametrize(
    "wrong", [None, 7, "x", [], {"content": 7}, {"content": {"a": 1}, "tool_calls": [None, 3]}]
)
def test_a_delta_of_a_wrong_shape_is_no_crash(wrong: Any) -> None:
    assert parse(sse({"choices": [{"index": 0, "delta": wrong}, 5], "usage": 3})) == []


@pytest.mark.parametrize("wrong", [None, 7, 3.5, True, "x", {}, {"a": 1}, [None], [[]], [{}]])
def test_a_chunk_of_a_wrong_shape_is_no_crash(wrong: Any) -> None:
    call = {"index": wrong, "id": wrong, "function": {"name": wrong, "arguments": wrong}}
    for delta in (
        {"tool_calls": wrong},
        {"tool_calls": [call]},
        {"content": wrong, "reasoning": wrong, "refusal": wrong},
    ):
        deltas = parse(
            sse({"choices": [{"index": 0, "delta": delta, "finish_reason": wrong}], "usage": wrong})
        )
        assert all(isinstance(getattr(d, "text", ""), str) for d in deltas)
    assert parse(sse({"choices": wrong})) == []


def test_a_usage_object_is_kept_within_bounds() -> None:
    deep: dict[str, Any] = {"total_tokens": 3}
    for _ in range(50):
        deep = {"x": deep, "s": "y" * 10_000}
    usage = parse(sse({"choices": [], "usage": {"total_tokens": 3, **deep}}))[-1]
    assert isinstance(usage, Usage)
    assert usage.data["total_tokens"] == 3
    assert len(json.dumps(usage.data)) < 2000


def test_pings_and_comments_are_not_answers() -> None:
    assert parse(b": waiting\n\nevent: ping\ndata: now\n\ndata:\n\n" + chunk("a")) == [Text("a")]


def test_a_whole_answer_in_one_document_gives_the_same_deltas() -> None:
    message = {"role": "assistant", "content": "Hi", "reasoning": "Hm", "tool_calls": None}
    document = {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"total_tokens": 2},
    }
    parser = Parser()
    deltas = parser.feed_whole(json.dumps(document).encode()) + parser.finish()
    assert deltas == [
        Reasoning("Hm"),
        Text("Hi"),
        Usage({"total_tokens": 2}),
        Finish(FinishReason.complete, "stop"),
    ]


def test_the_request_holds_roles_and_contents_and_nothing_else() -> None:
    question = {"role": "user", "content": "Hi", "secret": "no"}
    rendered = render_request(Asked([question]), endpoint("http://h/v1"))
    assert rendered["messages"] == [{"role": "user", "content": "Hi"}]
    assert rendered["stream"] is True
