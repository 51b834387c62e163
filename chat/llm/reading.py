"""From an open HTTP response to deltas: the time limits between reads, and which format the body is in."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from . import network
from .deltas import Delta, joined
from .encoding import Inflater
from .errors import (
    FirstByteTimeout,
    IdleTimeout,
    NoAnswer,
    ProviderError,
    TooLarge,
    TotalTimeout,
    Unreadable,
)
from .patience import Patience
from .payload import load
from .protocols import Parser, Protocol
from .refusals import from_payload, from_response, is_error
from .sse import EventTooLarge
from .transport import BARE

# Bytes of an answer, unpacked, and of them between two pieces of what a person reads: comments and empty events have no
# other limit than time, and a megabyte of them takes 0.15 s of CPU.
MAX_BODY = 1 << 28
MAX_QUIET = 1 << 23
MAX_JSON_BODY = 1 << 23  # bytes, for a server that answers without streaming
MAX_HEAD = 1 << 12  # bytes kept of a body in which no event has come yet
LINGER = 2.0  # seconds for the usage after a finish reason has come
DRAIN = 0.1  # seconds for the last zero chunk after [DONE], so that the connection can be used again


@dataclass(frozen=True, slots=True)
class Limits:
    """Moments of the loop's clock (`first_byte`, `total`) and the longest silence between reads in seconds."""

    first_byte: float
    total: float
    idle: float


async def deltas(
    response: httpx.Response, limits: Limits, protocol: Protocol
) -> AsyncGenerator[Sequence[Delta], None]:
    """The deltas of a successful `response`, those of a piece at a time. Raises ProviderError; the caller closes the
    response.
    """
    parser = protocol.parser()
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    async with contextlib.aclosing(_pieces(response, parser, limits)) as pieces:
        begun = False
        if kind == "application/json" or kind.endswith("+json"):
            body = await _collect(pieces, MAX_JSON_BODY)
            if body is None:
                raise TooLarge(f"phase=body: more than {MAX_JSON_BODY} bytes of JSON")
            found = parser.feed_whole(body)
            begun = bool(found)
            yield found
        elif kind in protocol.kinds:
            # Not a generator of its own: each one between the socket and the gate costs every piece its share.
            events = _Events(parser, protocol)
            quiet = 0
            async for piece in pieces:
                found, error = events.feed(piece)
                if found:
                    begun, quiet = True, 0
                    yield found
                elif (quiet := quiet + len(piece)) > MAX_QUIET:
                    raise TooLarge(f"phase=body: {MAX_QUIET} bytes without a word")
                if error:
                    error.after_end = parser.finished
                    raise error
                if parser.done:
                    break
            if found := events.finish():
                begun = True
                yield found
        else:
            raise await _not_an_answer(kind, pieces)
        if not begun and not parser.finished:
            raise NoAnswer("phase=body: the stream held no answer")
        yield parser.finish()
        if parser.done:  # a little patience here saves the next turn a TLS handshake
            with contextlib.suppress(ProviderError, TimeoutError):
                async with asyncio.timeout(DRAIN):
                    async for _ in pieces:
                        pass


def body_of(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The decoded body in pieces, none of them large. Raises httpx.HTTPError and Unreadable."""
    # Past httpx's own two generators, which cost each piece of an answer more than its JSON does.
    parts: AsyncIterator[bytes] = aiter(response.extensions.get(BARE) or response.stream)  # type: ignore[arg-type]
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity") and isinstance(parts, AsyncGenerator):
        return parts
    return _decoded(parts, encoding)


async def _decoded(parts: AsyncIterator[bytes], encoding: str) -> AsyncGenerator[bytes, None]:
    inflater = Inflater(encoding) if encoding not in ("", "identity") else None
    try:
        async for part in parts:
            if inflater is None:
                yield part
            else:
                for piece in inflater.feed(part):
                    yield piece
                    await asyncio.sleep(
                        0
                    )  # a thousand pieces may come of one part: the loop has others to serve
    finally:
        if isinstance(parts, AsyncGenerator):
            await parts.aclose()


async def _pieces(response: httpx.Response, parser: Parser, limits: Limits) -> AsyncGenerator[bytes, None]:
    """The body within its time limits. After a finish reason, neither silence nor a lost connection matters."""
    now = asyncio.get_running_loop().time
    patience = Patience()
    first, left = True, MAX_BODY
    async with contextlib.aclosing(body_of(response)) as parts:
        try:
            while True:
                began = now()
                if began >= limits.total:  # who finds something at each look never waits until then
                    if parser.finished:
                        return
                    raise TotalTimeout("phase=body: the whole answer took too long")
                moment = limits.first_byte if first else began + (LINGER if parser.finished else limits.idle)
                try:
                    with patience.until(min(moment, limits.total)):
                        piece = await anext(parts)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    if parser.finished:
                        return
                    if limits.total <= moment:
                        raise TotalTimeout("phase=body: the whole answer took too long") from error
                    kind = FirstByteTimeout if first else IdleTimeout
                    raise kind(f"phase=body: silent for {moment - began:.1f} s") from error
                except httpx.HTTPError as error:
                    if parser.finished:
                        return
                    raise network.translated(error, "body") from error
                first = False
                left -= len(piece)
                if left < 0:
                    raise TooLarge(f"phase=body: more than {MAX_BODY} bytes")
                yield piece
        finally:
            patience.close()


class _Events:
    """Pieces of a stream in, deltas out. An event is what the protocol's decoder gives."""

    def __init__(self, parser: Parser, protocol: Protocol) -> None:
        self._parser = parser
        self._decoder = protocol.decoder()
        self._head = b""  # of a body in which no event has come yet
        self._seen = False

    def feed(self, piece: bytes) -> tuple[list[Delta], ProviderError | None]:
        """Its deltas, and the error that followed them: what came before one counts."""
        found: list[Delta] = []
        try:
            events = self._decoder.feed(piece)
            if not self._seen:
                self._seen = bool(events)
                self._head = (self._head + piece)[:MAX_HEAD]
            for event in events:
                found += self._parser.feed(event)
        except EventTooLarge as error:
            return found, TooLarge(f"phase=body: {error}")
        except ProviderError as error:
            return found, error
        return joined(found), None

    def finish(self) -> list[Delta]:
        """The end of the body, if nothing has said before that this is the end."""
        if self._parser.done:
            return []
        events = self._decoder.finish(lenient=True)
        if not events and not self._seen:
            raise _no_events(self._head)
        return [delta for event in events for delta in _last(event, self._parser)]


def _last(event: Any, parser: Parser) -> list[Delta]:
    """An event that no blank line ended: a provider's last word, or half an event where the stream was cut."""
    try:
        return parser.feed(event)
    except Unreadable:
        return []


def _no_events(head: bytes) -> ProviderError:
    """Why a body called an event stream held none: an error as plain JSON, something else, or nothing."""
    lines = [line for line in head.splitlines() if line.strip() and not line.startswith(b":")]
    if not lines:
        return NoAnswer("phase=body: the stream held no event")
    with contextlib.suppress(ValueError):
        if is_error(payload := load(head)):
            return from_payload(payload)
    return Unreadable("phase=body: no event in the stream")


async def _not_an_answer(kind: str, pieces: AsyncIterator[bytes]) -> ProviderError:
    """Why a success of another content type is no answer. A page's title is told, plain text is not: it might
    be an answer, which nobody has moderated."""
    title = ""
    if kind in ("text/html", "application/xhtml+xml"):
        body = await _collect(pieces, 1 << 16, cut=True)
        title = from_response(500, kind, body or b"").provider_text
    return Unreadable(f"phase=body: Content-Type {kind[:60]!r}", provider_text=title)


async def _collect(pieces: AsyncIterator[bytes], most: int, *, cut: bool = False) -> bytes | None:
    """The whole body; None, or with `cut` its beginning, where it is longer than `most` bytes."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > most:
            return bytes(body[:most]) if cut else None
    return bytes(body)
