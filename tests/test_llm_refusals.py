"""What a provider's errors become for a person, by status or inside a stream that began well."""

import json
import time

import pytest

from chat.llm import ProviderError
from chat.llm import errors as e
from chat.llm.refusals import from_response
from tests.material import load
from tests.test_llm_openai import chunk, parse


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        ("err-015", e.RequestRefused),
        ("err-025", e.ModelNotFound),
        ("err-040", e.ModelNotFound),
        ("err-055", e.KeyRefused),
        ("err-060", e.RateLimited),
        ("err-065", e.ContextTooLong),
        ("err-080", e.ModelNotFound),
        ("err-115", e.RequestRefused),
        ("err-120", e.KeyRefused),
        ("err-125", e.ModelNotFound),
        ("err-140", e.ModelNotFound),
        ("err-145", e.ServerFault),
        ("err-150", e.ServerFault),
    ],
)
def test_recorded_http_errors_become_the_right_kind(identity: str, kind: type[ProviderError]) -> None:
    case = next(c for c in load("1-streams/http-errors/http_errors.jsonl") if c["id"] == identity)
    assert type(from_response(case["http_status"], case["content_type"], case["body"].encode())) is kind


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "API key not valid. Please pass a valid API key.", e.KeyRefused),
        (400, "Your credit balance is too low to access the API.", e.QuotaExceeded),
        (400, "prompt is too long: 200103 tokens > 199999 maximum", e.ContextTooLong),
        (404, "404 page not found", e.AddressNotFound),
        (500, "llama runner process has terminated", e.ServerFault),
        (403, "Country, region, or territory not supported", e.KeyRefused),
        # LiteLLM's, of which the second is what it answers to a key that is not its own; transformers'.
        (
            400,
            "/chat/completions: Invalid model name passed in model=gpt-9. Call `/v1/models`",
            e.ModelNotFound,
        ),
        (400, "Server is pinned to '/models/tiny'; requested 'gpt-9'.", e.ModelNotFound),
    ],
)
def test_the_words_weigh_more_than_the_status(status: int, words: str, kind: type[ProviderError]) -> None:
    body = json.dumps({"error": {"message": words}}).encode()
    assert type(from_response(status, "application/json", body)) is kind


def test_a_key_that_litellm_does_not_know_is_a_refused_key() -> None:
    body = b'{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}'
    assert type(from_response(400, "application/json", body)) is e.KeyRefused


@pytest.mark.parametrize(
    "word", ["exceed", "model ", "maximum ", "prompt is ", "key: ", "*", "sk-", "<title "]
)
def test_a_megabyte_of_words_made_to_be_slow_is_read_in_a_moment(word: str) -> None:
    began = time.process_time()
    from_response(400, "text/plain", (word * 1_000_000)[:1_000_000].encode()).seal("sk-0123456789")
    assert time.process_time() - began < 1  # 30 ms; without a limit, minutes


def test_every_recorded_http_error_has_a_sentence_and_the_providers_words() -> None:
    for case in load("1-streams/http-errors/http_errors.jsonl"):
        error = from_response(case["http_status"], case["content_type"], case["body"].encode())
        error.seal("test-configured-key")
        assert error.sentence.endswith("."), case["id"]
        assert 0 < len(error.provider_text) <= 200, case["id"]
        assert str(case["http_status"]) in error.detail, case["id"]
        assert error.retryable is (case["http_status"] in (429, 500, 501)), case["id"]
        for leak in ("invalid-key", "sk-inval", "test-con"):
            assert leak not in error.provider_text + error.detail, case["id"]


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"error":{"message":"boom","code":500}}\n\n',
        b'data: {"error":"boom"}\n\n',
        b'event: error\ndata: {"message":"boom"}\n\n',
        b"event: error\ndata: boom\n\n",
        b'event: error\ndata: "boom"\n\n',
        b'data: {"object":"error","message":"boom","code":400}\n\n',
        b'data: {"type":"error","error":{"message":"boom"}}\n\n',
        b'data: {"detail":"boom"}\n\n',
        b'data: {"choices":[{"index":0,"delta":{},"error":{"message":"boom"}}]}\n\n',
    ],
)
def test_an_error_inside_the_stream_is_raised_with_the_providers_words(event: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        parse(chunk("Hello") + event + chunk(finish_reason="stop"))
    assert "boom" in caught.value.provider_text


def test_an_event_nobody_can_read_is_not_quoted_as_it_may_hold_unmoderated_text() -> None:
    with pytest.raises(e.Unreadable) as caught:
        parse(b'data: {"choices":[{"delta":{"content":"boom"\n\n')
    assert "boom" not in caught.value.provider_text + caught.value.detail


@pytest.mark.parametrize("data", [b"[1]", b'"text"', b"7", b"{", b"[" * 100_000, b"oops"])
def test_an_event_that_is_not_a_json_object_is_an_error_and_never_dropped(data: bytes) -> None:
    with pytest.raises(e.Unreadable):
        parse(b"data: " + data + b"\n\n")
