"""How the tests of chat.llm ask: a client for one question, against the fake provider or a canned body."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest

from chat.llm import Asked, Client, Delta, Endpoint, Text
from tests.provider import Provider

KEY = "sk-proj-0123456789abcdefSECRET"
QUESTION = [{"role": "user", "content": "Hello?"}]


def provider_fixtures() -> tuple[Callable[[], Iterator[Provider]], Callable[[Provider], Provider]]:
    """The fixtures `running` (one server a module) and `provider` (the same, cleared), for a module to assign."""

    @pytest.fixture(scope="module")
    def running() -> Iterator[Provider]:
        with Provider.running() as provider:
            yield provider

    @pytest.fixture
    def provider(running: Provider) -> Provider:
        running.clear()
        return running

    return running, provider


def endpoint(url: str, **changes: Any) -> Endpoint:
    fields: dict[str, Any] = {"protocol": "openai", "url": url, "key": KEY, "model": "m", **changes}
    return Endpoint(**fields)


async def no_pause(_: float) -> None:
    """In the place of sleeping between retries."""


async def read(client: Client, into: list[Delta] | None = None) -> list[Delta]:
    deltas: list[Delta] = [] if into is None else into
    async with contextlib.aclosing(client.stream(Asked(QUESTION), label="turn-1")) as stream:
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


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


def answering(
    body: bytes,
    kind: str,
    headers: dict[str, str] | None = None,
    code: int = 200,
    seen: list[httpx.Request] | None = None,
) -> httpx.MockTransport:
    """A transport that answers everything with this, and adds what was asked to `seen`."""
    fields = {"Content-Type": kind, **(headers or {})}

    def respond(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(code, headers=fields, stream=_Body(body))

    return httpx.MockTransport(respond)
