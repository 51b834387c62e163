"""Ollama's own chat: what is sent, and what of its lines is an answer. Recorded ones are in test_llm_recordings.py."""

import json
import random
from typing import Any

import httpx
import pytest

from chat.llm import (
    Asked,
    Beginning,
    Delta,
    Finish,
    FinishReason,
    ProviderError,
    Reasoning,
    Text,
    ToolCall,
    Usage,
)
from chat.llm import errors as e
from chat.llm.ndjson import Decoder
from chat.llm.protocols.ollama import Parser, render_request
from chat.llm.sse import EventTooLarge
from tests.asking import KEY, QUESTION, answering, ask, endpoint
from tests.test_llm_sse import feed_all

HERE = endpoint("http://h", protocol="ollama")
NDJSON = "application/x-ndjson"


def line(content: Any = "", **fields: Any) -> bytes:
    return (
        json.dumps({"message": {"role": "assistant", "content": content}, "done": False, **fields}).encode()
        + b"\n"
    )


def end(reason: str | None = "stop", **fields: Any) -> bytes:
    told = {} if reason is None else {"done_reason": reason}
    return json.dumps({"message": {"content": ""}, "done": True, **told, **fields}).encode() + b"\n"


def parse(body: bytes, size: int = 1 << 20) -> list[Delta]:
    decoder, parser = Decoder(), Parser()
    found: list[Delta] = []
    for at in range(0, len(body), size):
        for each in decoder.feed(body[at : at + size]):
            found += parser.feed(each)
    for each in decoder.finish(lenient=True):
        found += parser.feed(each)
    return found + parser.finish()


def test_the_request_is_in_its_own_words() -> None:
    asked = Asked(
        [*QUESTION], parameters={"temperature": 0.5, "top_p": 0.9, "max_tokens": 7}, schema={"type": "object"},
        reasoning=False, window=8192, beginning=Beginning("One, \n", "Hm"),
    )  # fmt: skip
    assert render_request(asked, HERE) == {
        "model": "m",
        "messages": [*QUESTION, {"role": "assistant", "content": "One,"}],
        "stream": True,
        "options": {"temperature": 0.5, "top_p": 0.9, "num_predict": 7, "num_ctx": 8192},
        "format": {"type": "object"},
        "think": False,
    }
    assert render_request(Asked(QUESTION, model="other"), HERE) == {
        "model": "other", "messages": QUESTION, "stream": True
    }  # fmt: skip


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("http://h:11434", "/api/chat"), ("http://h/api/", "/api/chat"), ("http://h/api/chat", "/api/chat"),
        ("http://h/v1", "/api/chat"), ("http://h/o", "/o/api/chat"),
    ],
)  # fmt: skip
def test_the_address_is_found_from_any_way_to_write_the_base(base: str, path: str) -> None:
    seen: list[httpx.Request] = []
    transport = answering(line("Hi") + end(), NDJSON, seen=seen)
    ask(base, protocol="ollama", client={"transport": transport})
    assert seen[0].url.path == path
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", FinishReason.complete), ("length", FinishReason.length), ("load", FinishReason.unknown),
        ("unload", FinishReason.unknown), (None, FinishReason.unknown), ("new", FinishReason.unknown),
    ],
)  # fmt: skip
def test_only_known_reasons_mean_an_end(raw: str | None, reason: FinishReason) -> None:
    assert parse(line("a") + end(raw)) == [Text("a"), Finish(reason, raw)]


def test_a_stream_that_only_ends_has_no_finish() -> None:
    assert parse(line("a")) == [Text("a")]
    assert parse(line("a") + line("b", done="true", done_reason="stop")) == [Text("a"), Text("b")]


def test_counts_are_kept_and_what_follows_the_end_is_not() -> None:
    body = line("a") + end(prompt_eval_count=3, eval_count=4, total_duration=5) + line("late")
    assert parse(body) == [
        Text("a"), Usage({"prompt_eval_count": 3, "eval_count": 4}), Finish(FinishReason.complete, "stop")
    ]  # fmt: skip


def test_thoughts_and_calls_are_apart_from_the_text() -> None:
    calls = [{"function": {"name": "f", "arguments": {"x": "é"}}}, {"id": "b", "function": {"name": "g"}}]
    body = (
        line(message={"content": "", "thinking": "Hm"})
        + line(message={"content": "Yes", "tool_calls": calls[:1]})
        + line(message={"content": "", "tool_calls": [*calls[1:], None, 7, {}]})
        + end("stop")
    )
    assert parse(body) == [
        Reasoning("Hm"), Text("Yes"), ToolCall(0, "", "f", '{"x": "é"}'), ToolCall(1, "b", "g", ""),
        Finish(FinishReason.tool_calls, "stop"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"error":"an error was encountered while running the model"}\n', e.ServerFault),
        (b'{"error":"model \'x\' not found"}', e.ModelNotFound),
        (b"{\n", e.Unreadable),
        (b"[1]\n", e.Unreadable),
        (b"oops\n", e.Unreadable),
    ],
)
def test_an_error_among_the_lines_is_raised_and_what_came_before_it_kept(
    body: bytes, kind: type[ProviderError]
) -> None:
    found: list[Delta] = []
    with pytest.raises(kind):
        ask(
            "http://h",
            protocol="ollama",
            into=found,
            client={"transport": answering(line("Hi") + body, NDJSON)},
        )
    assert found == [Text("Hi")]


@pytest.mark.parametrize("wrong", [None, 7, 3.5, True, "x", {}, {"a": 1}, [None], [[]], [{}]])
def test_a_line_of_a_wrong_shape_is_no_crash(wrong: Any) -> None:
    call = {"id": wrong, "function": {"name": wrong, "arguments": wrong}}
    for body in (
        line(wrong), line(message=wrong), line(message={"thinking": wrong, "tool_calls": wrong}),
        line(message={"tool_calls": [wrong, call]}), line(response=wrong, message=None, thinking=wrong),
        end(wrong, eval_count=wrong), line(done=wrong),
    ):  # fmt: skip
        assert all(isinstance(getattr(d, "text", ""), str) for d in parse(body))


@pytest.mark.parametrize("label", ["application/json", "application/json; charset=utf-8"])
def test_an_answer_in_one_document_or_lines_labelled_as_one(label: str) -> None:
    whole = json.dumps({"message": {"content": "Hi"}, "done": True, "done_reason": "stop"}, indent=2).encode()
    for body in (whole, line("Hi") + end()):
        found = ask("http://h", protocol="ollama", client={"transport": answering(body, label)})
        assert found == [Text("Hi"), Finish(FinishReason.complete, "stop")]
    found = []
    with pytest.raises(e.Unreadable):
        ask("http://h", protocol="ollama", into=found, client={"transport": answering(b'{"x": 1}', label)})


def test_an_event_stream_is_no_answer_of_it() -> None:
    with pytest.raises(e.Unreadable):
        ask(
            "http://h",
            protocol="ollama",
            client={"transport": answering(b"data: {}\n\n", "text/event-stream")},
        )


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_end_in_lf_or_crlf_and_nothing_else(size: int) -> None:
    body = '\ufeff{"a": 1}\r\n\n \r\n{"b": "\u2028\x85\x0b"}\n{"c": 3}'.encode()
    decoder = Decoder()
    lines = [each for at in range(0, len(body), size) for each in decoder.feed(body[at : at + size])]
    assert lines == [b'{"a": 1}', '{"b": "\u2028\x85\x0b"}'.encode()]
    assert Decoder().finish(lenient=True) == []
    assert decoder.finish(lenient=True) == [b'{"c": 3}']


@pytest.mark.parametrize("seed", range(20))
def test_lines_are_the_same_however_they_are_cut(seed: int) -> None:
    chance = random.Random(seed)
    marks = [
        b"\n",
        b"\r\n",
        b"\n\n",
        b" ",
        b"\r",
        b"\t",
        b'{"a":1}',
        "\u2028é😀".encode(),
        b"\xff",
        b"\0",
        b"x" * 40,
    ]
    body = b"".join(chance.choices(marks, k=200))
    whole = Decoder()
    expected = whole.feed(body) + whole.finish(lenient=True)
    assert expected == [line for raw in body.split(b"\n") if (line := raw.strip(b" \t\r"))]
    for most in (1, 3, 17, 90):
        decoder, found, at = Decoder(), [], 0
        while at < len(body):
            size = chance.randint(1, most)
            found += decoder.feed(body[at : at + size])
            at += size
        assert found + decoder.finish(lenient=True) == expected


def test_a_last_line_that_was_cut_in_half_is_dropped_by_the_client() -> None:
    body = line("Hi") + end()[:-9]
    found = ask("http://h", protocol="ollama", client={"transport": answering(body, NDJSON)})
    assert found == [Text("Hi")]


@pytest.mark.parametrize("size", [1, 1000, 10**6])
def test_a_line_beyond_the_limit_is_refused_before_it_fills_the_memory(size: int) -> None:
    endless = b"x" * 5000
    decoder = Decoder(max_line=1000)
    pieces = [endless[at : at + size] for at in range(0, len(endless), size)]
    with pytest.raises(EventTooLarge):
        feed_all(decoder, pieces)
    assert len(Decoder(max_line=1000).feed((b"x" * 500 + b"\n") * 20)) == 20
