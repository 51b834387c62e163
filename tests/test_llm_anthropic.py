"""Anthropic's Messages: what is sent, and what of a stream is an answer. Recorded ones are in test_llm_recordings.py."""

import json
from typing import Any

import httpx
import pytest

from chat.llm import Asked, Beginning, Delta, Finish, FinishReason, ProviderError, Reasoning, Text, ToolCall
from chat.llm import errors as e
from chat.llm.protocols.anthropic import LONGEST, Parser, render_request
from chat.llm.sse import Decoder
from tests.asking import KEY, QUESTION, answering, ask, endpoint

HERE = endpoint("http://h", protocol="anthropic")


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def start(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_start", index=index, content_block={"type": kind, **fields})


def delta(index: int, kind: str, **fields: Any) -> bytes:
    return event("content_block_delta", index=index, delta={"type": kind, **fields})


def text(words: str) -> bytes:
    return delta(0, "text_delta", text=words)


def stop(reason: str | None) -> bytes:
    return event("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": 2})


def parse(body: bytes) -> list[Delta]:
    decoder, parser = Decoder(), Parser()
    found = [d for each in decoder.feed(body) for d in parser.feed(each)]
    for each in decoder.finish(lenient=True):
        found += parser.feed(each)
    return found + parser.finish()


def test_instructions_are_apart_roles_take_turns_and_nothing_is_empty() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One", "secret": "no"},
        {"role": "user", "content": "Two"},
        {"role": "assistant", "content": "  "},
        {"role": "assistant", "content": "Three"},
        {"role": "user", "content": "Four"},
    ]
    assert render_request(Asked(messages), HERE) == {
        "model": "m",
        "max_tokens": LONGEST,
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": "One\n\nTwo"},
            {"role": "assistant", "content": "Three"},
            {"role": "user", "content": "Four"},
        ],
        "stream": True,
    }


def test_parameters_schema_and_no_thinking_have_its_own_names() -> None:
    asked = Asked(
        QUESTION, model="other", parameters={"temperature": 0.5, "top_p": 0.9, "max_tokens": 7},
        schema={"type": "object"}, reasoning=False, window=9,
    )  # fmt: skip
    rendered = render_request(asked, HERE)
    shape = {"type": "object", "additionalProperties": False}
    assert {name: rendered[name] for name in rendered if name not in ("messages", "stream")} == {
        "model": "other", "max_tokens": 7, "temperature": 0.5, "top_p": 0.9,
        "output_config": {"format": {"type": "json_schema", "schema": shape}},
        "thinking": {"type": "disabled"},
    }  # fmt: skip


def test_a_beginning_is_the_assistants_last_message_and_leaves_the_format_out() -> None:
    asked = Asked(QUESTION, schema={"type": "object"}, beginning=Beginning('{"a": 1, \n', "Hm"))
    rendered = render_request(asked, HERE)
    assert rendered["messages"][-1] == {"role": "assistant", "content": '{"a": 1,'}
    assert "output_config" not in rendered
    assert len(render_request(Asked(QUESTION, beginning=Beginning(" \n")), HERE)["messages"]) == 1


@pytest.mark.parametrize(
    ("base", "path"),
    [
        ("http://h", "/v1/messages"), ("http://h/v1/", "/v1/messages"), ("http://h/v1/messages", "/v1/messages"),
        ("http://h/proxy/anthropic", "/proxy/anthropic/v1/messages"),
    ],
)  # fmt: skip
def test_the_address_and_the_headers_are_its_own(base: str, path: str) -> None:
    seen: list[httpx.Request] = []
    transport = answering(text("Hi") + stop("end_turn"), "text/event-stream", seen=seen)
    ask(base, protocol="anthropic", client={"transport": transport})
    (request,) = seen
    assert request.url.path == path
    assert request.headers["x-api-key"] == KEY
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", FinishReason.complete),
        ("stop_sequence", FinishReason.complete),
        ("max_tokens", FinishReason.length),
        ("model_context_window_exceeded", FinishReason.length),
        ("tool_use", FinishReason.tool_calls),
        ("refusal", FinishReason.blocked),
        ("pause_turn", FinishReason.unknown),
        ("compaction", FinishReason.unknown),
    ],
)
def test_only_known_stop_reasons_mean_an_end(raw: str, reason: FinishReason) -> None:
    assert parse(text("a") + stop(raw))[-1] == Finish(reason, raw)


@pytest.mark.parametrize(
    "end", [b"", event("message_stop"), stop(None), stop(""), stop(None) + event("message_stop")]
)
def test_a_stream_that_only_ends_has_no_finish(end: bytes) -> None:
    found = parse(start(0, "text", text="") + text("a") + end)
    assert found[0] == Text("a")
    assert not any(isinstance(d, Finish) for d in found)


def test_what_the_provider_did_itself_is_no_answer() -> None:
    body = (
        start(0, "server_tool_use", id="s", name="web_search", input={})
        + delta(0, "input_json_delta", partial_json='{"query": "x"}')
        + start(1, "web_search_tool_result", content=[{"type": "web_search_result", "title": "T", "text": "t"}])
        + start(2, "redacted_thinking", data="opaque")
        + start(3, "compaction", content=None)
        + delta(3, "compaction_delta", content="Earlier.", encrypted_content="x")
        + start(4, "thinking", thinking="", signature="")
        + delta(4, "thinking_delta", thinking="Hm")
        + delta(4, "signature_delta", signature="c2ln")
        + start(5, "text", text="")
        + delta(5, "citations_delta", citation={"cited_text": "quoted"})
        + delta(5, "text_delta", text="Answer")
        + event("something_new", text="no")
        + event("ping")
    )  # fmt: skip
    assert parse(body) == [Reasoning("Hm"), Text("Answer")]


def test_tool_calls_are_numbered_among_themselves() -> None:
    body = (
        start(0, "text", text="")
        + start(1, "tool_use", id="a", name="one", input={})
        + delta(1, "input_json_delta", partial_json="")
        + delta(1, "input_json_delta", partial_json='{"x":')
        + start(2, "tool_use", id="b", name="two", input={"whole": True})
        + delta(1, "input_json_delta", partial_json=" 1}")
        + event("content_block_stop", index=1)
        + event("content_block_stop", index=2)
    )
    assert parse(body) == [
        ToolCall(0, "a", "one", ""),
        ToolCall(0, "", "", '{"x":'),
        ToolCall(1, "b", "two", ""),
        ToolCall(0, "", "", " 1}"),
        ToolCall(1, "", "", '{"whole": true}'),
    ]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (event("error", error={"type": "overloaded_error", "message": "Overloaded"}), e.Overloaded),
        (event("error", error={"type": "api_error", "message": "boom"}), e.ServerFault),
        (b'data: {"type":"error","error":{"type":"rate_limit_error","message":"slow"}}\n\n', e.RateLimited),
        (b"event: error\ndata: boom\n\n", e.ServerFault),
        (b'data: {"error": {"message": "boom"}}\n\n', e.ServerFault),
        (b"data: {\n\n", e.Unreadable),
        (b"data: [1]\n\n", e.Unreadable),
        (b"data: oops\n\n", e.Unreadable),
    ],
)
def test_an_error_inside_a_stream_is_raised(body: bytes, kind: type[ProviderError]) -> None:
    with pytest.raises(kind):
        parse(text("Hello") + body + stop("end_turn"))


@pytest.mark.parametrize("wrong", [None, 7, 3.5, True, "x", {}, {"a": 1}, [None], [[]], [{}]])
def test_an_event_of_a_wrong_shape_is_no_crash(wrong: Any) -> None:
    for body in (
        event("content_block_start", index=wrong, content_block=wrong),
        start(0, "tool_use", id=wrong, name=wrong, input=wrong) + event("content_block_stop", index=0),
        event("content_block_stop", index=wrong),
        event("content_block_delta", index=wrong, delta=wrong),
        delta(0, "text_delta", text=wrong),
        delta(0, "thinking_delta", thinking=wrong),
        event("message_start", message=wrong),
        event("message_delta", delta=wrong, usage=wrong),
        event("ping", data=wrong),
    ):
        assert all(isinstance(getattr(d, "text", ""), str) for d in parse(body))


def test_names_of_events_may_be_missing() -> None:
    body = (text("Hi") + stop("end_turn") + event("message_stop")).replace(b"event: ", b": ")
    assert [d for d in parse(body) if isinstance(d, Text | Finish)] == [
        Text("Hi"),
        Finish(FinishReason.complete, "end_turn"),
    ]


def test_a_whole_answer_in_one_document_gives_the_same_deltas() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm", "signature": "s"},
        {"type": "text", "text": "Hi"},
        {"type": "tool_use", "id": "a", "name": "one", "input": {"x": 1}},
    ]
    document = {
        "type": "message",
        "content": blocks,
        "stop_reason": "tool_use",
        "usage": {"output_tokens": 3},
    }
    found = ask(
        "http://h", protocol="anthropic",
        client={"transport": answering(json.dumps(document).encode(), "application/json")},
    )  # fmt: skip
    assert found[:4] == [
        Reasoning("Hm"),
        Text("Hi"),
        ToolCall(0, "a", "one", ""),
        ToolCall(0, "", "", '{"x": 1}'),
    ]
    assert found[-1] == Finish(FinishReason.tool_calls, "tool_use")
