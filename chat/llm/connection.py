"""One HTTP/1.1 connection to a provider: bytes in, one response at a time out.

Parsing is llhttp's (httptools).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import cast

import httptools
import httpx

MAX_HEAD = 100 * 1024  # bytes of headers, of trailers, or of anything else without a body in it
HIGH_WATER = 256 * 1024  # bytes unread at which the provider is made to wait
AT_ONCE = 64 * 1024  # bytes read at once


class Connection(asyncio.Protocol):
    """After `send`, wait for `head()`, then iterate `body()`. `idle` says that another request may be sent.

    `plain` is the socket below, where nothing is encrypted on it.
    """

    def __init__(self, plain: socket.socket | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self._plain = plain
        self._waiter: asyncio.Future[None] | None = None
        self.idle_until = 0.0  # the loop's clock; how long it is kept while unused
        self.requests = 0
        self._open = False
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        # A line that ends in LF alone is read by every client that providers are tried with.
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)
        self._headers: list[tuple[bytes, bytes]] = []
        self._status, self._version = 0, ""
        self._parts: list[bytes] = []
        self._held = 0  # bytes in _parts
        self._quiet = 0  # bytes received since the last ones of a body
        self._paused = False
        self._turned = False  # the loop has served others since the reader was last given something
        self._delimited = False  # the body says itself where it ends
        self._have_head = self._complete = self._reusable = False
        self.heard = False  # a byte has come since the request
        self._error: httpx.TransportError | None = None

    @property
    def idle(self) -> bool:
        return self._open and self._complete and self._reusable and not self._parts

    def send(self, data: bytes) -> None:
        """A request, whole. Nothing may be left of the response before it."""
        self._resume()
        self._begin()
        self.requests += 1
        if not self._open:
            self._error = httpx.WriteError("the connection is closed")
            return
        self._transport.write(data)

    async def head(self) -> tuple[int, list[tuple[bytes, bytes]], str]:
        """Status, headers and HTTP version of the final response. Raises httpx.TransportError."""
        while not self._have_head:
            if self._error:
                raise self._error
            await self._wait()
        return self._status, self._headers, self._version

    async def body(self) -> AsyncIterator[bytes]:
        """What has come of the body each time somebody looks. Raises httpx.TransportError.

        Between two looks the socket is not read: a reader who looks once a tick finds in one read what would have
        woken the loop several times. And nearly always finds something, so that the loop need not be asked to
        watch the socket: without that, and a wake-up, a token costs a sixth less.
        """
        while True:
            if self._parts:
                parts, self._parts, self._held = self._parts, [], 0
                if not self._complete:
                    self._pause()
                    self._turned = False
                    self.loop.call_soon(self._turn)
                yield parts[0] if len(parts) == 1 else b"".join(parts)
            elif self._complete:
                return
            elif self._error:
                raise self._error
            elif not self._look():
                self._resume()
                await self._wait()

    def _turn(self) -> None:
        self._turned = True

    def _look(self) -> bool:
        """Whether something was read past the loop. Only once it has had its turn: a provider may always have more."""
        if self._plain is None or not (self._paused and self._turned and self._open):
            return False
        try:
            data = self._plain.recv(AT_ONCE)
        except BlockingIOError:
            return False
        except OSError as error:
            self.connection_lost(error)
            return True
        if data:
            self.data_received(data)
        return bool(data)

    def close(self) -> None:
        """At once: the provider notices, and what it still sends is refused."""
        if self._open:
            self._open = False
            self._transport.abort()

    def _pause(self) -> None:
        if self._open and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._open and self._paused:
            self._paused = False
            self._transport.resume_reading()

    async def _wait(self) -> None:
        self._waiter = self.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: httpx.TransportError) -> None:
        if not self._complete and self._error is None:
            self._error = error
        self.close()
        self._wake()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._open = True
        self._complete = self._reusable = True

    def data_received(self, data: bytes) -> None:
        self.heard = True
        if self._complete:  # more than was asked for
            self.close()
            return
        self._quiet += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(httpx.RemoteProtocolError("the protocol was switched without being asked to"))
        except httptools.HttpParserError as error:
            # What follows a whole response on a connection that ends with it is nobody's.
            self._reusable = False
            self._fail(httpx.RemoteProtocolError(str(error)))  # llhttp's words, which quote no bytes
        if self._quiet > MAX_HEAD and not self._complete:
            self._fail(httpx.RemoteProtocolError(f"more than {MAX_HEAD} bytes without any of a body"))
        if self._held > HIGH_WATER and not self._complete:
            self._pause()

    def eof_received(self) -> None:
        self.connection_lost(None)

    def connection_lost(self, error: Exception | None) -> None:
        if self._complete or self._error:
            pass
        elif error is not None:
            self._fail(httpx.ReadError(str(error)))
        elif not self.heard:
            self._fail(httpx.RemoteProtocolError("Server disconnected without sending a response."))
        elif self._have_head and not self._delimited:
            self._complete = True
        else:
            place = "body" if self._have_head else "head"
            self._fail(httpx.RemoteProtocolError(f"peer closed the connection inside the {place}"))
        self.close()
        self._wake()

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._have_head:
            return  # a trailer, or another response: nobody reads either
        self._headers.append((name, value))
        lower = name.lower()
        if lower == b"content-length" or (
            lower == b"transfer-encoding" and value.lower().rstrip().endswith(b"chunked")
        ):
            self._delimited = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 or self._complete:
            return
        self._status, self._version = status, self._parser.get_http_version()
        self._have_head = True
        self._reusable = self._parser.should_keep_alive()
        self._wake()

    def on_body(self, data: bytes) -> None:
        if self._complete:
            return
        self._quiet = 0
        self._held += len(data)
        self._parts.append(data)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def on_message_complete(self) -> None:
        if not self._have_head:  # 100, 103: the response itself follows
            self._headers, self._delimited = [], False
            return
        self._complete = True
        self._resume()  # an idle connection's end must be noticed
        self._wake()

    def on_message_begin(self) -> None:
        if self._complete:  # a response that nobody asked for
            self._reusable = False
