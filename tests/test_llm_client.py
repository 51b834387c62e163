"""The client against a provider on loopback: closing, retrying, time limits, and that the key stays secret."""

import asyncio
import contextlib
import gzip
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from chat.llm import Client, Delta, Endpoint, Finish, FinishReason, ProviderError, Text, Usage, client_for
from chat.llm import errors as e
from tests.provider import END, Provider, say, status

KEY = "sk-proj-0123456789abcdefSECRET"
QUESTION = [{"role": "user", "content": "Hello?"}]


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with Provider.running() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.clear()
    return running


def endpoint(url: str, **changes: Any) -> Endpoint:
    fields: dict[str, Any] = {"protocol": "openai", "url": url, "key": KEY, "model": "m", **changes}
    return Endpoint(**fields)


async def no_pause(_: float) -> None:
    """In the place of sleeping between retries."""


async def read(client: Client, into: list[Delta] | None = None) -> list[Delta]:
    deltas: list[Delta] = [] if into is None else into
    async with contextlib.aclosing(client.stream(QUESTION, label="turn-1")) as stream:
        async for delta in stream:
            deltas.append(delta)
    return deltas


def ask(
    url: str, *, into: list[Delta] | None = None, client: dict[str, Any] | None = None, **changes: Any
) -> list[Delta]:
    async def run() -> list[Delta]:
        made = Client(endpoint(url, **changes), **({"sleep": no_pause} | (client or {})))
        try:
            return await read(made, into)
        finally:
            await made.aclose()

    return asyncio.run(run())


def text_of(deltas: list[Delta]) -> str:
    return "".join(d.text for d in deltas if isinstance(d, Text))


def test_an_answer_comes_whole_with_usage_and_finish(provider: Provider) -> None:
    deltas = ask(provider.url("hello"))
    assert text_of(deltas) == "Hello, world."
    assert deltas[-2:] == [
        Usage({"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}),
        Finish(FinishReason.complete, "stop"),
    ]


def test_the_request_carries_key_model_and_messages_and_asks_for_no_compression(provider: Provider) -> None:
    ask(provider.url("hello"))
    request = provider.requests("hello")[0]
    assert request["path"].endswith("/v1/chat/completions")
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert request["headers"]["accept-encoding"] == "identity"
    assert request["body"]["model"] == "m"
    assert request["body"]["messages"] == QUESTION


def test_without_a_key_no_authorization_is_sent(provider: Provider) -> None:
    ask(provider.url("hello"), key=None)
    assert "authorization" not in provider.requests("hello")[0]["headers"]


@pytest.mark.parametrize(
    ("base", "asked"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        (" http://h/v1/ ", "http://h/v1/chat/completions"),
        ("http://h", "http://h/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("http://h/d/x?api-version=1", "http://h/d/x/chat/completions?api-version=1"),
    ],
)
def test_the_address_is_the_base_with_the_path_behind_it(base: str, asked: str) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(
            200, text='data: {"choices":[{"delta":{"content":"x"}}]}\n\n', headers={"Content-Type": ""}
        )

    ask(base, client={"transport": httpx.MockTransport(handle)})
    assert seen == [asked]


@pytest.mark.parametrize(
    "base", ["", "localhost:8080/v1", "ftp://h/v1", "http://", "http://[", "http://h:99999999/"]
)
def test_an_address_that_cannot_be_used_is_named_as_such(base: str) -> None:
    with pytest.raises(e.Misconfigured):
        ask(base)


# Stop


@pytest.mark.parametrize("scenario", ["gated", "hang", "hang-after-headers"])
def test_closing_the_stream_closes_the_providers_connection(provider: Provider, scenario: str) -> None:
    async def run() -> float:
        client = Client(endpoint(provider.url(scenario)))
        task = asyncio.create_task(read(client))
        await asyncio.to_thread(provider.wait_for_request, scenario)
        task.cancel()
        stopped = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        ended = await asyncio.to_thread(provider.wait_for_end, 0)
        assert ended["ended_by"] == "client"
        await client.aclose()
        return ended["ended"] - stopped

    assert asyncio.run(run()) < 0.5  # the promise to the person who presses Stop, measured at the provider


def test_leaving_the_loop_after_some_text_closes_the_providers_connection(provider: Provider) -> None:
    async def run() -> None:
        client = Client(endpoint(provider.url("gated")))
        async with contextlib.aclosing(client.stream(QUESTION, label="t")) as stream:
            assert await anext(stream) == Text("piece 1 ")
        assert (await asyncio.to_thread(provider.wait_for_end, 0))["ended_by"] == "client"
        await client.aclose()

    asyncio.run(run())


def test_text_is_passed_on_while_the_answer_is_still_being_written(provider: Provider) -> None:
    async def run() -> None:
        client = Client(endpoint(provider.url("gated")))
        async with contextlib.aclosing(client.stream(QUESTION, label="t")) as stream:
            for number in (1, 2, 3):
                assert await anext(stream) == Text(f"piece {number} ")
                await asyncio.to_thread(provider.release, "gated")
        await client.aclose()

    asyncio.run(run())


# Retries


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504, 529])
def test_a_passing_fault_before_the_answer_is_retried_without_the_person_noticing(
    provider: Provider, code: int
) -> None:
    url = provider.script("flaky", status(code), status(code), say("Fine now."))
    assert text_of(ask(url)) == "Fine now."
    assert len(provider.requests("flaky")) == 3


def test_after_two_retries_the_fault_is_told(provider: Provider) -> None:
    with pytest.raises(e.ServerFault):
        ask(provider.url("status-500"))
    assert len(provider.requests("status-500")) == 3


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 413, 422, 501])
def test_what_retrying_cannot_cure_is_asked_once(provider: Provider, code: int) -> None:
    with pytest.raises(ProviderError) as caught:
        ask(provider.url(f"status-{code}"))
    assert caught.value.status == code
    assert len(provider.requests()) == 1


def test_a_quota_that_is_used_up_is_not_retried(provider: Provider) -> None:
    with pytest.raises(e.QuotaExceeded):
        ask(
            provider.script("poor", status(429, "You exceeded your current quota", code="insufficient_quota"))
        )
    assert len(provider.requests()) == 1


@pytest.mark.parametrize("scenario", ["reset-after", "cut", "error-after"])
def test_nothing_is_asked_twice_once_text_has_come(provider: Provider, scenario: str) -> None:
    deltas: list[Delta] = []
    with pytest.raises(ProviderError) as caught:
        ask(provider.url(scenario), into=deltas)
    assert text_of(deltas) == "Hello"
    assert caught.value.retryable
    assert len(provider.requests()) == 1


def test_an_error_inside_a_stream_that_began_is_not_retried_even_without_text(provider: Provider) -> None:
    with pytest.raises(e.Overloaded):
        ask(provider.script("begun", [["event", {"error": {"message": "overloaded"}}]]))
    assert len(provider.requests()) == 1


def test_a_provider_that_is_not_there_is_tried_three_times(provider: Provider) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(e.Unreachable) as caught:
        ask("http://127.0.0.1:9/v1", client={"sleep": pause})
    assert caught.value.retryable
    assert "phase=connect" in caught.value.detail
    assert len(pauses) == 2
    assert 0 < pauses[0] <= 0.5 < pauses[1] * 2 <= 2.0


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("2", [2.0, 2.0]),
        ("0", [0.0, 0.0]),
        ("11", []),
        ("999999999999999999999", []),
        ("Wed, 21 Oct 2099 07:28:00 GMT", []),
        ("Wed, 21 Oct 2015 07:28:00 GMT", [0.0, 0.0]),
    ],
)
def test_retry_after_is_kept_unless_it_would_keep_a_person_waiting(
    provider: Provider, header: str, waited: list[float]
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(e.RateLimited) as caught:
        ask(
            provider.script("busy", status(429, "slow down", {"Retry-After": header})),
            client={"sleep": pause},
        )
    assert pauses == waited
    assert caught.value.provider_text == "slow down"


def test_a_long_wait_is_named_in_the_sentence(provider: Provider) -> None:
    with pytest.raises(e.RateLimited) as caught:
        ask(provider.script("busy", status(429, "slow down", {"Retry-After": "1200"})))
    assert "in about 20 minutes" in caught.value.sentence


@pytest.mark.parametrize("header", ["soon", "-1", "1.5.2", "Wed, 99 Foo 2015"])
def test_a_retry_after_that_means_nothing_is_ignored(provider: Provider, header: str) -> None:
    url = provider.script("busy", status(503, "later", {"Retry-After": header}), say("Fine now."))
    assert text_of(ask(url)) == "Fine now."


# Time and size


def test_each_phase_has_its_own_time_limit(provider: Provider) -> None:
    with pytest.raises(e.FirstByteTimeout):
        ask(provider.url("hang"), first_byte_timeout=0.1)
    with pytest.raises(e.FirstByteTimeout):
        ask(provider.url("hang-after-headers"), first_byte_timeout=0.1)
    with pytest.raises(e.IdleTimeout):
        ask(provider.url("hang-after"), idle_timeout=0.1)
    with pytest.raises(e.TotalTimeout):
        ask(provider.url("slow"), total_timeout=0.3)


def test_silence_or_a_reset_after_the_finish_reason_spoils_nothing(provider: Provider) -> None:
    begun = [["text", "Hello"], ["finish", "stop"]]
    for name, ending in (("reset", [["wait", 0.05], ["reset"]]), ("cut", [["cut"]])):
        assert ask(provider.script(name, [*begun, *ending])) == [
            Text("Hello"),
            Finish(FinishReason.complete, "stop"),
        ]


@pytest.mark.slow
def test_a_provider_that_never_closes_after_the_finish_reason_costs_two_seconds_at_most(
    provider: Provider,
) -> None:
    deltas = ask(provider.script("open", [["text", "Hello"], ["finish", "stop"], ["hang"]]))
    assert deltas == [Text("Hello"), Finish(FinishReason.complete, "stop")]


def test_an_answer_without_end_is_ended_by_its_size(provider: Provider) -> None:
    deltas: list[Delta] = []
    with pytest.raises(e.TooLarge):
        ask(provider.url("long"), into=deltas, client={"max_answer": 1000})
    assert 0 < len(text_of(deltas)) <= 1000


def test_one_endless_event_is_ended_by_its_size(provider: Provider) -> None:
    with pytest.raises(e.TooLarge):
        ask(provider.script("line", [["raw", "data: " + "x" * 2_000_000]]))


def test_an_endless_error_body_is_cut(provider: Provider) -> None:
    with pytest.raises(e.RequestRefused) as caught:
        ask(provider.script("wordy", status(400, "words " * 200_000)))
    assert len(caught.value.provider_text) == 200


def test_a_compressed_stream_is_read_although_none_was_asked_for() -> None:
    body = gzip.compress(b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n')
    transport = answering(body, "text/event-stream", {"Content-Encoding": "gzip"})
    assert text_of(ask("http://h/v1", client={"transport": transport})) == "Hi"


def test_a_compressed_bomb_never_fills_the_memory() -> None:
    bomb = gzip.compress(b"data: " + b"x" * 50_000_000)
    transport = answering(bomb, "text/event-stream", {"Content-Encoding": "gzip"})
    with pytest.raises(e.TooLarge):
        ask("http://h/v1", client={"transport": transport})


@pytest.mark.parametrize(("encoding", "body"), [("br", b"x"), ("gzip", b"not gzip")])
def test_a_body_nobody_can_unpack_is_unreadable(encoding: str, body: bytes) -> None:
    transport = answering(body, "text/event-stream", {"Content-Encoding": encoding})
    with pytest.raises(e.Unreadable):
        ask("http://h/v1", client={"transport": transport})


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield self._body


def answering(
    body: bytes, kind: str, headers: dict[str, str] | None = None, code: int = 200
) -> httpx.MockTransport:
    fields = {"Content-Type": kind, **(headers or {})}
    return httpx.MockTransport(lambda _: httpx.Response(code, headers=fields, stream=_Body(body)))


# Formats


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


def test_a_redirect_is_not_followed(provider: Provider) -> None:
    with pytest.raises(e.Redirected) as caught:
        ask(provider.url("redirect"))
    assert "redirect" in caught.value.sentence
    assert len(provider.requests()) == 1


# The key


@pytest.mark.parametrize(
    "words",
    [
        f"Incorrect API key provided: {KEY}. See the docs.",
        f"Authorization: Bearer {KEY} is wrong",
        "x" * 190 + KEY,
        "Incorrect API key provided: sk-pr********CRET.",
        '{"key": "' + KEY + '"}',
        f"no credit for {KEY.upper()} or sk-other-key-1234",
    ],
)
def test_the_key_shows_nowhere_when_the_provider_repeats_it(
    provider: Provider, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="chat.llm")
    with pytest.raises(ProviderError) as caught:
        ask(provider.script("parrot", status(500, words, code=KEY)))
    error = caught.value
    seen = f"{error!r} {error} {error.sentence} {error.detail} {error.provider_text} {caplog.text}"
    assert "turn-1" in caplog.text
    for part in (KEY, KEY.upper(), KEY[:12], "CRET", "other-key"):
        assert part not in seen


def test_the_key_is_not_in_the_endpoints_repr() -> None:
    assert KEY not in repr(endpoint("http://h/v1"))


@pytest.mark.parametrize("key", ["sk-abc def-123", "sk-abcdef\n123", "sk-“abcdef”"])
def test_a_key_that_was_pasted_wrong_is_told_as_such_without_showing_it(key: str) -> None:
    with pytest.raises(e.Misconfigured) as caught:
        ask("http://127.0.0.1:9/v1", key=key)
    assert "abc" not in repr(caught.value) + caught.value.detail


# Beside the stream


def test_a_checkers_post_returns_status_and_body(provider: Provider) -> None:
    async def run() -> list[Any]:
        client = client_for(Endpoint("demo", "http://demo.invalid/v1", None, "demo"))
        try:
            good = await client.post(
                f"{provider.url('flag')}/moderations", {"input": ["a"]}, key="k", timeout=5
            )
            bad = await client.post(
                f"{provider.url('status-500')}/moderations", {"input": []}, key=None, timeout=5
            )
            found: list[Any] = [good, bad]
            for behaviour in ("hang", "reset"):
                try:
                    await client.post(f"{provider.url(behaviour)}/moderations", {}, key=KEY, timeout=0.2)
                except ProviderError as error:
                    found.append(type(error))
            return found
        finally:
            await client.aclose()

    good, bad, *failures = asyncio.run(run())
    assert good[0] == 200
    assert json.loads(good[1])["results"][0]["flagged"] is True
    assert bad[0] == 500
    assert failures == [e.FirstByteTimeout, e.ConnectionLost]
    assert provider.requests("flag")[0]["headers"]["authorization"] == "Bearer k"


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(e.Misconfigured):
        client_for(endpoint("http://h/v1", protocol="telepathy"))


def test_many_answers_stream_at_once_over_one_client(provider: Provider) -> None:
    url = provider.script("crowd", [["text", "in"], ["gate"], ["text", " and out"], *END])

    async def run() -> list[str]:
        client = Client(endpoint(url))
        tasks = [asyncio.create_task(read(client)) for _ in range(120)]
        await asyncio.to_thread(
            provider.wait_for_request, "crowd", 120
        )  # more than httpx's own pool would hold
        await asyncio.to_thread(provider.release, "crowd", 120)
        answers = [text_of(await task) for task in tasks]
        await client.aclose()
        return answers

    assert asyncio.run(run()) == ["in and out"] * 120
