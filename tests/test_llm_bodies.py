"""Which response is read as an answer, and which never is."""

import json

import pytest

from chat.llm import Delta, Finish, FinishReason, ProviderError, Text
from chat.llm import errors as e
from tests.asking import answering, ask, text_of


@pytest.mark.parametrize(
    "kind", ["text/x-bogus", "text/plain", "text/html", "application/x-ndjson", "image/png"]
)
def test_another_type_of_content_is_never_read_as_an_answer(kind: str) -> None:
    body = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'
    with pytest.raises(e.Unreadable) as caught:
        ask("http://h/v1", client={"transport": answering(body, kind)})
    assert kind in caught.value.detail


@pytest.mark.parametrize("code", [201, 204, 205, 210, 299, 301, 302, 307, 404, 410])
def test_a_body_with_another_status_is_never_read_as_an_answer(code: int) -> None:
    body = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n'
    with pytest.raises(ProviderError):
        ask(
            "http://h/v1",
            client={"transport": answering(body, "text/event-stream", {"Location": "/x"}, code)},
        )


@pytest.mark.parametrize(
    "kind", ["text/event-stream", "text/event-stream;charset=windows-1252", "application/octet-stream"]
)
def test_a_stream_is_utf8_whatever_its_label_says(kind: str) -> None:
    body = 'data: {"choices":[{"delta":{"content":"ok…"}}]}\n\n'.encode()
    assert text_of(ask("http://h/v1", client={"transport": answering(body, kind)})) == "ok…"


def test_a_plain_json_answer_is_an_answer_and_a_plain_json_error_is_an_error() -> None:
    whole = {"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}
    transport = answering(json.dumps(whole).encode(), "application/json")
    assert ask("http://h/v1", client={"transport": transport}) == [
        Text("Hi"),
        Finish(FinishReason.complete, "stop"),
    ]
    for kind in ("application/json", "text/event-stream"):
        transport = answering(b'{"error":"Internal Server Error","message":"nope"}', kind)
        with pytest.raises(e.ServerFault) as caught:
            ask("http://h/v1", client={"transport": transport})
        assert caught.value.provider_text == "Internal Server Error"


@pytest.mark.parametrize("body", [b"", b": waiting\n\n: waiting\n\n", b"data: [DONE]\n\n"])
def test_a_stream_that_says_nothing_is_an_error(body: bytes) -> None:
    with pytest.raises(e.NoAnswer):
        ask("http://h/v1", client={"transport": answering(body, "text/event-stream")})


def test_a_stream_cut_inside_its_last_event_keeps_what_came_and_has_no_finish() -> None:
    body = b'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: {"choices":[{"del'
    assert ask("http://h/v1", client={"transport": answering(body, "text/event-stream")}) == [Text("Hi")]


@pytest.mark.parametrize("kind", ["text/plain", "text/event-stream", "application/json"])
def test_a_success_without_the_format_is_not_quoted_as_it_may_be_unmoderated_text(kind: str) -> None:
    with pytest.raises(e.Unreadable) as caught:
        ask("http://h/v1", client={"transport": answering(b"These are the words of a model.", kind)})
    assert "words" not in caught.value.provider_text + caught.value.detail


def test_a_web_page_in_place_of_an_answer_is_told_by_its_title() -> None:
    page = b"<!doctype html><title>Sign in &mdash; Example</title><p>words</p>"
    with pytest.raises(e.Unreadable) as caught:
        ask("http://h/v1", client={"transport": answering(page, "text/html; charset=utf-8")})
    assert caught.value.provider_text == "Sign in &mdash; Example"


def test_what_comes_together_is_one_delta_unless_it_is_much() -> None:
    def said(text: str) -> bytes:
        return b"data: %s\n\n" % json.dumps({"choices": [{"delta": {"content": text}}]}).encode()

    def told(*texts: str) -> list[Delta]:
        body = b"".join(map(said, texts)) + b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
        return ask("http://h/v1", client={"transport": answering(body, "text/event-stream")})[:-1]

    assert told("Hel", "lo ", "you") == [Text("Hello you")]
    assert told("a" * 600, "b" * 600) == [Text("a" * 600), Text("b" * 600)]
