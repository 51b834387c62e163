"""The one client that talks HTTP to a provider: opening, retrying, closing. Reading a body is in reading.py."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

import httpx

from . import network, openai, retries
from .continuing import NOTHING, Beginning, Seam
from .deltas import Delta, Reasoning, Refusal, Text, ToolCall
from .endpoint import Endpoint
from .errors import FirstByteTimeout, ProviderError, TooLarge
from .post import Poster
from .reading import Limits, body_of, deltas
from .refusals import from_response

log = logging.getLogger("chat.llm")

MAX_ANSWER = 1_000_000  # characters, all channels together
MAX_ERROR_BODY = 1 << 16  # bytes
ERROR_BODY_SECONDS = 5.0


class Client:
    """Streams answers from one endpoint. Make one per endpoint and keep it: its connections are kept alive.

    `transport` replaces the network (the demo, tests), `sleep` the waiting between retries.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._sleep = sleep
        self._max_answer = max_answer
        self._http = network.open_client(transport)
        self._poster: Poster | None = None

    async def stream(self, messages: list[dict[str, str]], *, label: str) -> AsyncGenerator[Delta, None]:
        """Deltas of the answer to `messages`, one by one; otherwise as `batches`."""
        async with contextlib.aclosing(self.batches(messages, label=label)) as batches:
            async for batch in batches:
                for delta in batch:
                    yield delta

    @property
    def continues(self) -> bool:
        """Whether it goes on with a given beginning of an answer."""
        return self._endpoint.continues != "none"

    @property
    def total_timeout(self) -> float:
        return self._endpoint.total_timeout

    async def batches(
        self, messages: list[dict[str, str]], *, label: str,
        beginning: Beginning = NOTHING, seconds: float | None = None,
    ) -> AsyncGenerator[Sequence[Delta], None]:  # fmt: skip
        """Deltas of the answer to `messages` (dicts of `role` and `content`); `label` is for the log only.

        A batch is what had come when it was asked for: who asks less often does less work. Usage and Finish come
        last; a stream that just ends yields no Finish. Raises ProviderError, sealed. Use it under
        `contextlib.aclosing`: closing it closes the provider's connection at once. Nothing is asked twice once the
        provider has begun a successful response.

        With a `beginning` only what follows it; from a provider that `continues`. `seconds` may take from the
        endpoint's total timeout.
        """
        total = self._endpoint.total_timeout
        deadline = asyncio.get_running_loop().time() + (total if seconds is None else min(seconds, total))
        seam = Seam(beginning.text) if beginning.text else None
        try:
            response, limits = await self._open(messages, beginning, deadline, label)
            try:
                async with contextlib.aclosing(deltas(response, limits)) as answer:
                    size = 0
                    async for batch in answer:
                        if seam is not None:
                            batch = seam.joined(batch)
                        fits = 0
                        for delta in batch:
                            size += _size(delta)
                            if size > self._max_answer:
                                break
                            fits += 1
                        yield batch[:fits]
                        if fits < len(batch):
                            raise TooLarge(f"phase=body: more than {self._max_answer} characters")
            finally:
                await response.aclose()
        except ProviderError as error:
            error.seal(self._endpoint.key)
            retries.name_wait(error)
            log.warning("turn %s: %s: %s", label, type(error).__name__, error.detail)
            raise

    async def post(
        self,
        url: str,
        json: dict[str, Any],
        *,
        key: str | None,
        timeout: float,  # noqa: ASYNC109
    ) -> tuple[int, bytes]:
        """One JSON POST elsewhere, for remote checkers; see `Poster.post`."""
        if self._poster is None:
            # The demo model answers chats, it judges nothing: a checker is asked over the network even then.
            self._poster = Poster(None if self._endpoint.protocol == "demo" else self._transport)
        return await self._poster.post(url, json, key=key, timeout=timeout)

    async def aclose(self) -> None:
        await self._http.aclose()
        if self._poster is not None:
            await self._poster.aclose()

    async def _open(
        self, messages: list[dict[str, str]], beginning: Beginning, deadline: float, label: str
    ) -> tuple[httpx.Response, Limits]:
        """A successful response whose body has not been read; retried where that cannot double text."""
        attempt = 0
        while True:
            try:
                return await self._send(messages, beginning, deadline)
            except ProviderError as error:
                pause = retries.pause(error, attempt)
                if pause is None or asyncio.get_running_loop().time() + pause >= deadline:
                    raise
                error.seal(self._endpoint.key)
                log.info("turn %s: attempt %d in %.1f s after %s", label, attempt + 2, pause, error.detail)
            await self._sleep(pause)
            attempt += 1

    async def _send(
        self, messages: list[dict[str, str]], beginning: Beginning, deadline: float
    ) -> tuple[httpx.Response, Limits]:
        endpoint = self._endpoint
        now = asyncio.get_running_loop().time()
        limits = Limits(min(now + endpoint.first_byte_timeout, deadline), deadline, endpoint.idle_timeout)
        try:
            request = self._http.build_request(
                "POST",
                network.address(endpoint.url, openai.PATH),
                json=openai.render_request(messages, endpoint.model, beginning, endpoint.continues),
                headers={"Accept": "text/event-stream", **network.headers(endpoint.key)},
                timeout=httpx.Timeout(None, connect=endpoint.connect_timeout),
            )
            async with asyncio.timeout_at(limits.first_byte):
                response = await self._http.send(request, stream=True)
        except TimeoutError as error:
            raise FirstByteTimeout(f"phase=first-byte: nothing in {limits.first_byte - now:.1f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise network.translated(error, "first-byte") from error
        if response.status_code != 200:
            raise await _refused(response)
        return response, limits


async def _refused(response: httpx.Response) -> ProviderError:
    """The error that `response` tells of. Its body is read within bounds, and may be cut."""
    body = bytearray()
    try:
        with contextlib.suppress(ProviderError, httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(ERROR_BODY_SECONDS), contextlib.aclosing(body_of(response)) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) >= MAX_ERROR_BODY:
                        break
    finally:
        await response.aclose()
    kind = response.headers.get("content-type", "")
    error = from_response(response.status_code, kind, bytes(body[:MAX_ERROR_BODY]))
    error.wait = retries.retry_after(response.headers.get("retry-after"))
    return error


def _size(delta: Delta) -> int:
    """Characters an answer grows by, counting something for each tool call."""
    if isinstance(delta, Text | Reasoning | Refusal):
        return len(delta.text)
    if isinstance(delta, ToolCall):
        return len(delta.arguments) + len(delta.name) + len(delta.id) + 8
    return 0
