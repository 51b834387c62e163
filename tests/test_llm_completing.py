"""A short answer, whole, for a model that is asked to judge: what it is asked, and what is no whole answer."""

import asyncio
import contextlib
import gzip
import json
import zlib
from typing import Any

import pytest

from chat.llm import Client, ProviderError
from chat.llm import errors as e
from chat.llm.completing import MOST, Completer, Completion
from chat.llm.post import Poster, address
from tests.asking import KEY, QUESTION, answering, endpoint, provider_fixtures
from tests.provider import END, Provider, say, status

running, provider = provider_fixtures()
SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def complete(url: str, times: int = 1, *, protocol: str = "openai", **options: Any) -> Completion:
    async def run() -> Completion:
        client = Client(endpoint(url, protocol=protocol))
        completer = Completer(client)
        asked = {"model": "guard", "max_tokens": 50, "timeout": 5.0, **options}
        try:
            for _ in range(times):
                found = await completer(QUESTION, **asked)
            return found
        finally:
            await client.aclose()

    return asyncio.run(run())


def test_it_asks_at_temperature_0_with_a_limit_and_for_this_model(provider: Provider) -> None:
    assert complete(provider.url("say:safe")) == Completion("safe", "complete")
    (request,) = provider.requests()
    body = request["body"]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("guard", 0, 50)
    assert body["messages"] == QUESTION
    assert "response_format" not in body


def test_without_a_model_it_is_the_endpoints_own(provider: Provider) -> None:
    complete(provider.url("say:safe"), model="")
    assert provider.requests()[0]["body"]["model"] == "m"


@pytest.mark.parametrize("protocol", ["openai", "ollama", "anthropic"])
def test_any_protocol_does(provider: Provider, protocol: str) -> None:
    url = provider.url("say:unsafe S1").removesuffix("/v1")
    assert complete(url + ("/v1" if protocol == "openai" else ""), protocol=protocol).text == "unsafe S1"


def test_it_is_asked_for_a_schema_and_in_words_where_the_server_takes_none(provider: Provider) -> None:
    url = provider.script("picky", status(400, "response_format is not supported"), say("{}"), say("{}"))
    assert complete(url, schema=SCHEMA).text == "{}"
    first, second = provider.requests()
    assert first["body"]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert "response_format" not in second["body"]


def test_a_model_that_takes_no_temperature_is_asked_without_and_that_is_remembered(
    provider: Provider,
) -> None:
    refusal = status(400, "Unsupported value: 'temperature' does not support 0 with this model.")
    url = provider.script("thinker", refusal, say("safe"))
    assert complete(url, times=2).text == "safe"
    assert ["temperature" in request["body"] for request in provider.requests()] == [True, False, False]


def test_what_was_thought_is_left_out(provider: Provider) -> None:
    url = provider.script("thinker", [["reasoning", "Is it safe? unsafe?"], ["text", "safe"], *END])
    assert complete(url) == Completion("safe", "complete")


@pytest.mark.parametrize(
    ("script", "finish"),
    [
        ([["text", "safe"], ["finish", "length"], ["done"]], "length"),
        ([["text", "safe"], ["finish", "content_filter"], ["done"]], "blocked"),
        ([["text", "safe"], ["finish", "whatever"], ["done"]], "unknown"),
        ([["refusal", "No."], ["text", "safe"], *END], "refusal"),
        (
            [["event", {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f"}}]}}]}], *END],
            "tool_calls",
        ),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_not_complete(provider: Provider, script: Any, finish: str) -> None:
    assert complete(provider.script("ends", script)).finish == finish


def test_an_answer_without_end_is_cut_and_its_connection_closed(provider: Provider) -> None:
    chunk = 'data: {"choices":[{"delta":{"content":"' + "x" * 100 + '"}}]}\n\n'
    found = complete(provider.script("endless", [["endless", chunk]]))
    assert found.finish == "length"
    assert MOST < len(found.text) < 10 * MOST
    assert provider.wait_for_end(provider.requests()[0]["n"])["ended_by"] == "client"


def test_the_connection_of_a_whole_answer_is_used_for_the_next_one() -> None:
    connections: list[int] = []
    ended = asyncio.Event()
    body = b'data: {"choices":[{"delta":{"content":"safe"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while asked := await reader.readuntil(b"\r\n\r\n"):
                connections[-1] += 1
                await reader.readexactly(int(asked.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                writer.write(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        writer.close()
        await writer.wait_closed()
        ended.set()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        client = Client(endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"))
        for _ in range(3):
            assert await Completer(client)(QUESTION, model="", max_tokens=5, timeout=5) == (
                "safe",
                "complete",
            )
        await client.aclose()
        await ended.wait()
        server.close()

    asyncio.run(run())
    assert connections == [3]


@pytest.mark.parametrize(
    ("scenario", "kind", "retryable"),
    [
        ("status-503", e.Overloaded, True), ("status-500", e.ServerFault, True), ("status-429", e.RateLimited, True),
        ("status-401", e.KeyRefused, False), ("status-404", e.AddressNotFound, False), ("status-400", e.RequestRefused, False),
        ("no-finish", e.ConnectionLost, True), ("cut", e.ConnectionLost, True), ("reset", e.ConnectionLost, True),
        ("error-after", e.ServerFault, False), ("html", e.Unreadable, False), ("empty", None, None),
        ("redirect", e.Redirected, False),
    ],
)  # fmt: skip
def test_it_asks_once_and_says_whether_asking_again_can_help(
    provider: Provider, scenario: str, kind: type[ProviderError] | None, retryable: bool | None
) -> None:
    if kind is None:
        assert complete(provider.url(scenario)) == Completion("", "complete")
        return
    with pytest.raises(kind) as caught:
        complete(provider.url(scenario))
    assert caught.value.retryable is retryable
    assert KEY not in f"{caught.value.detail}{caught.value}"
    assert len(provider.requests()) == 1


@pytest.mark.slow
def test_it_has_its_time_and_no_more(provider: Provider) -> None:
    with pytest.raises(ProviderError) as caught:
        complete(provider.url("hang"), timeout=0.2)
    assert caught.value.retryable is False


def test_a_wait_that_is_asked_for_is_told(provider: Provider) -> None:
    url = provider.script("busy", status(429, "slow down", {"Retry-After": "7"}))
    with pytest.raises(e.RateLimited) as caught:
        complete(url)
    assert caught.value.wait == 7


@pytest.mark.parametrize(
    "base", ["http://h/v1", "http://h/v1/", "http://h/v1/moderations", "http://h/v1/chat/completions"]
)
def test_moderations_stand_beside_the_chat(base: str) -> None:
    assert address(base, "/moderations") == "http://h/v1/moderations"


def test_a_query_of_the_address_stays() -> None:
    assert address("https://h/d/x?api-version=1", "/moderations") == "https://h/d/x/moderations?api-version=1"


def test_an_address_that_is_none_is_misconfigured() -> None:
    with pytest.raises(e.Misconfigured):
        address("localhost:80", "/moderations")


def test_a_post_tells_how_long_to_wait(provider: Provider) -> None:
    async def run() -> Any:
        poster = Poster(answering(b"{}", "application/json", {"Retry-After": "3"}, 429))
        try:
            return await poster.post("http://h/v1/moderations", {}, key=None, timeout=5)
        finally:
            await poster.aclose()

    assert asyncio.run(run()) == (429, b"{}", 3.0)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_reply_that_is_packed_to_become_enormous_is_cut(encoding: str) -> None:

    plain = json.dumps({"results": [" " * (1 << 26)]}).encode()
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)

    async def run() -> Any:
        poster = Poster(answering(packed, "application/json", {"Content-Encoding": encoding}))
        return await poster.post("http://h/v1/moderations", {}, key=None, timeout=20)

    with pytest.raises(e.TooLarge) as caught:
        asyncio.run(run())
    assert caught.value.retryable is False
