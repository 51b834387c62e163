"""The client against a provider on loopback: what it sends, and answers side by side."""

import asyncio
import contextlib
import json
from typing import Any

import httpx
import pytest

from chat.llm import Client, Finish, FinishReason, ProviderError, Usage, client_for, reading
from chat.llm import errors as e
from chat.llm.post import Poster
from tests.asking import KEY, QUESTION, ask, endpoint, provider_fixtures, read, text_of
from tests.provider import END, Provider

running, provider = provider_fixtures()


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
        ("http://h/a%2Fb%3F/v1", "http://h/a%2Fb%3F/v1/chat/completions"),
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


def test_a_redirect_is_not_followed(provider: Provider) -> None:
    with pytest.raises(e.Redirected) as caught:
        ask(provider.url("redirect"))
    assert "redirect" in caught.value.sentence
    assert len(provider.requests()) == 1


@pytest.mark.slow
def test_a_checkers_post_returns_status_and_body(provider: Provider) -> None:
    async def run() -> list[Any]:
        poster = Poster()
        try:
            good = await poster.post(
                f"{provider.url('flag')}/moderations", {"input": ["a"]}, key="k", timeout=5
            )
            bad = await poster.post(
                f"{provider.url('status-500')}/moderations", {"input": []}, key=None, timeout=5
            )
            found: list[Any] = [good, bad]
            for behaviour, seconds in (("hang", 0.2), ("reset", 20)):
                try:
                    await poster.post(f"{provider.url(behaviour)}/moderations", {}, key=KEY, timeout=seconds)
                except ProviderError as error:
                    found.append(type(error))
            return found
        finally:
            await poster.aclose()

    good, bad, *failures = asyncio.run(run())
    assert good[0] == 200
    assert json.loads(good[1])["results"][0]["flagged"] is True
    assert bad[0] == 500
    assert failures == [e.FirstByteTimeout, e.ConnectionLost]
    assert provider.requests("flag")[0]["headers"]["authorization"] == "Bearer k"


def test_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(e.Misconfigured):
        client_for(endpoint("http://h/v1", protocol="telepathy"))


@pytest.mark.slow
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


def test_the_connection_of_a_finished_answer_is_used_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "DRAIN", 10)
    connections: list[int] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                connections[-1] += 1
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                body = b'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
                writer.write(b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))
                await writer.drain()
                await asyncio.sleep(0.01)  # the end of the body is a packet of its own
                writer.write(b"0\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        ended.set()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        client = Client(endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"))
        for _ in range(3):
            assert text_of(await read(client)) == "Hi"
        await client.aclose()
        await ended.wait()
        server.close()

    asyncio.run(run())
    assert connections == [3]
