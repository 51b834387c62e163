"""The one client that talks HTTP to a provider: opening, retrying, closing. Reading a body is in reading.py."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import httpx

from . import listing, network, retries
from .asked import Asked, in_words
from .continuing import Seam
from .deltas import Delta, Finish, Reasoning, Refusal, Text, ToolCall, Usage
from .endpoint import Endpoint
from .errors import FirstByteTimeout, Misconfigured, ProviderError, TooLarge
from .protocols import PROTOCOLS, Model
from .reading import Limits, deltas
from .refusals import refuses_schema
from .responses import refused
from .scrubbing import scrub, scrub_all
from .transport import CONNECTED

log = logging.getLogger("chat.llm")

Watch = Callable[[str], None]

MAX_ANSWER = 1_000_000  # characters, all channels together

# As tuples made once: a union costs each piece of an answer half a microsecond.
_WORDS = (Text, Reasoning, Refusal)
_COUNTS = (Usage, Finish)


class Client:
    """Streams answers from one endpoint. Make one per endpoint and keep it: its connections are kept alive.

    `transport` replaces the network (the demo, tests), `sleep` the waiting between retries. Raises Misconfigured for a
    protocol that nobody speaks here.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        if endpoint.protocol not in PROTOCOLS:
            raise Misconfigured(f"unknown protocol {endpoint.protocol!r}: use {', '.join(PROTOCOLS)}")
        self._endpoint = endpoint
        self._protocol = PROTOCOLS[endpoint.protocol]
        self._sleep = sleep
        self._max_answer = max_answer
        self._transport = transport or network.transport()
        self._told_in_words: set[str] = set()  # models whose server takes no schema

    async def stream(self, asked: Asked, *, label: str) -> AsyncGenerator[Delta, None]:
        """Deltas of the answer to what is `asked`, one by one; otherwise as `batches`."""
        async with contextlib.aclosing(self.batches(asked, label=label)) as batches:
            async for batch in batches:
                for delta in batch:
                    yield delta

    @property
    def continues(self) -> bool:
        """Whether it goes on with a given beginning of an answer."""
        way = self._endpoint.continues
        return way != "none" and way in self._protocol.continues

    @property
    def total_timeout(self) -> float:
        return self._endpoint.total_timeout

    async def batches(
        self, asked: Asked, *, label: str, seconds: float | None = None, brisk: bool = False,
        once: bool = False, watch: Watch | None = None,
    ) -> AsyncGenerator[Sequence[Delta], None]:  # fmt: skip
        """Deltas of the answer to what is `asked`; `label` is for the log only.

        A batch is what had come when it was asked for: who asks less often does less work. Usage and Finish come
        last; a stream that just ends yields no Finish. Raises ProviderError, sealed. Use it under
        `contextlib.aclosing`: closing it closes the provider's connection at once. Nothing is asked twice once the
        provider has begun a successful response; `brisk` asks once more at
        most, and soon, since somebody else may be asked. With `once` whoever asks sees to asking again, and to the log.

        A beginning needs a provider that `continues`. `seconds` may take from the endpoint's total timeout. `watch` is
        called with "connected" and "answered" (the response's headers), when they happen.
        """
        total = self._endpoint.total_timeout
        deadline = asyncio.get_running_loop().time() + (total if seconds is None else min(seconds, total))
        seam = Seam(asked.beginning.text) if asked.beginning.text else None
        try:
            opening = _Opening(asked, deadline, label, brisk, once, watch)
            response, limits = await self._open(opening)
            try:
                async with contextlib.aclosing(deltas(response, limits, self._protocol)) as answer:
                    size = 0
                    async for batch in answer:
                        if seam is not None:
                            batch = seam.joined(batch)
                        if batch and isinstance(batch[-1], _COUNTS):
                            batch = [_sealed(delta, self._endpoint.key) for delta in batch]
                        fits = 0
                        for delta in batch:
                            size += len(delta.text) if type(delta) is Text else _size(delta)
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
            if not once:
                log.warning("turn %s: %s: %s", label, type(error).__name__, error.detail)
            raise

    async def models(self) -> list[Model]:
        """The endpoint's own list, for choosing from. Raises ProviderError, sealed."""
        try:
            return await listing.models(self._transport, self._endpoint, self._protocol)
        except ProviderError as error:
            error.seal(self._endpoint.key)
            raise

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _open(self, opening: _Opening) -> tuple[httpx.Response, Limits]:
        """A successful response whose body has not been read; retried where that cannot double text.

        A server that does not take the schema is asked again with the schema in words, and from then on so at once.
        """
        if opening.asked.model in self._told_in_words:
            opening = replace(opening, asked=in_words(opening.asked))
        attempt = 0
        while True:
            try:
                return await self._send(opening)
            except ProviderError as error:
                if opening.asked.schema is not None and refuses_schema(error):
                    error.seal(self._endpoint.key)
                    log.info("turn %s: the schema is told in words after %s", opening.label, error.detail)
                    self._told_in_words.add(opening.asked.model)
                    opening = replace(opening, asked=in_words(opening.asked))
                    continue
                pause = None if opening.once else retries.pause(error, attempt, brisk=opening.brisk)
                if pause is None or asyncio.get_running_loop().time() + pause >= opening.deadline:
                    raise
                error.seal(self._endpoint.key)
                log.info(
                    "turn %s: attempt %d in %.1f s after %s", opening.label, attempt + 2, pause, error.detail
                )
            await self._sleep(pause)
            attempt += 1

    async def _send(self, opening: _Opening) -> tuple[httpx.Response, Limits]:
        endpoint, protocol, deadline = self._endpoint, self._protocol, opening.deadline
        now = asyncio.get_running_loop().time()
        limits = Limits(min(now + endpoint.first_byte_timeout, deadline), deadline, endpoint.idle_timeout)
        try:
            request = network.request(
                "POST",
                network.address(endpoint.url, protocol.roots, protocol.path),
                network.headers(protocol.accept, protocol.headers(network.usable(endpoint.key))),
                json=protocol.render_request(opening.asked, endpoint),
                connect=endpoint.connect_timeout,
                **{CONNECTED: opening.connected},
            )
            async with asyncio.timeout_at(limits.first_byte):
                response = await self._transport.handle_async_request(request)
        except TimeoutError as error:
            raise FirstByteTimeout(f"phase=first-byte: nothing in {limits.first_byte - now:.1f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise network.translated(error, "first-byte") from error
        if response.status_code != 200:
            raise await refused(response)
        opening.happened("answered")
        return response, limits


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a response is opened for."""

    asked: Asked
    deadline: float
    label: str
    brisk: bool
    once: bool
    watch: Watch | None

    def happened(self, what: str) -> None:
        if self.watch is not None:
            self.watch(what)

    def connected(self) -> None:
        self.happened("connected")


def _sealed(delta: Delta, key: str | None) -> Delta:
    """What is stored or logged of an answer besides its text holds no key."""
    if isinstance(delta, Usage):
        return Usage(scrub_all(delta.data, key))
    if isinstance(delta, Finish):
        return Finish(delta.reason, scrub(delta.raw or "", key) or None)
    return delta


def _size(delta: Delta) -> int:
    """Characters an answer grows by, counting something for each tool call."""
    if isinstance(delta, _WORDS):
        return len(delta.text)
    if isinstance(delta, ToolCall):
        return len(delta.arguments) + len(delta.name) + len(delta.id) + 8
    return 0
