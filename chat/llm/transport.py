"""The network under httpx's own seam: a small pool of HTTP/1.1 connections.

httpx's default transport takes four times the CPU for each streamed chunk
(docs/decisions/2026-11-22-transport.md). It does what a client of model providers needs and no more: one request
with a whole body, one streamed response, TLS by the context it is given. No proxies, no HTTP/2.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator

import httpx

from .connection import Connection
from .dialing import dial

Origin = tuple[str, str, int]

MAX_IDLE = 20  # connections kept open for the next request
KEEP_ALIVE = 5.0  # seconds they are; a provider closes its end soon after
BARE = "sluice.stream"  # extension of a response: its stream without what httpx puts around it
CONNECTED = "sluice.connected"  # extension of a request: called without arguments once there is a connection


class Transport(httpx.AsyncBaseTransport):
    """Any number of requests at once, each on a connection of its own; of httpx's timeouts it knows `connect`.

    A connection belongs to the event loop it was made in. Only those of the one that serves are kept, which runs in the main
    thread: views ask for lists of models in loops of their own, which end with that.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._idle: list[tuple[Origin, Connection]] = []  # of one loop, the longest unused first
        self._busy: set[Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        data = _rendered(request) + await request.aread()
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        origin = (url.scheme, url.raw_host.decode("ascii"), port)
        limit = request.extensions.get("timeout", {}).get("connect")
        kept = True
        while True:
            connection = self._kept(origin)
            if connection is None:
                kept = False
                connection = await self._connected(origin, limit)
            self._busy.add(connection)
            request.extensions.get(CONNECTED, _nobody)()
            try:
                connection.send(data)
                status, headers, version = await connection.head()
            except httpx.TransportError:
                self._discard(connection)
                if kept and not connection.heard:
                    continue  # the provider closed it as we took it up; browsers ask again here too
                raise
            except BaseException:
                self._discard(connection)
                raise
            stream = _Stream(self, origin, connection)
            extensions = {"http_version": f"HTTP/{version}".encode(), BARE: stream}
            return httpx.Response(status, headers=headers, stream=stream, extensions=extensions)

    async def aclose(self) -> None:
        """Those of this loop; no other one's can be closed here."""
        loop = asyncio.get_running_loop()
        for connection in [*self._busy, *(connection for _, connection in self._idle)]:
            if connection.loop is loop:
                connection.close()
        self._busy = {connection for connection in self._busy if connection.loop is not loop}
        self._idle = [kept for kept in self._idle if kept[1].loop is not loop]
        await asyncio.sleep(0)  # the loop closes the sockets in its next round

    def release(self, origin: Origin, connection: Connection) -> None:
        """A response has been read or given up: keep its connection for the next request, or close it at once."""
        self._busy.discard(connection)
        if not connection.idle or threading.current_thread() is not threading.main_thread():
            connection.close()
            return
        idle, now = self._idle_in(connection.loop), connection.loop.time()
        while idle and (len(idle) >= MAX_IDLE or idle[0][1].idle_until < now):
            idle.pop(0)[1].close()
        connection.idle_until = now + KEEP_ALIVE
        idle.append((origin, connection))

    def _idle_in(self, loop: asyncio.AbstractEventLoop) -> list[tuple[Origin, Connection]]:
        """The kept ones, which are those of this loop: with another one that was before it they are gone."""
        if self._idle and self._idle[0][1].loop is not loop:
            self._idle.clear()
        return self._idle

    def _discard(self, connection: Connection) -> None:
        self._busy.discard(connection)
        connection.close()

    def _kept(self, origin: Origin) -> Connection | None:
        """The most recently used idle connection to this origin that is still good."""
        if threading.current_thread() is not threading.main_thread():
            return None
        loop = asyncio.get_running_loop()
        idle, now = self._idle_in(loop), loop.time()
        for index in range(len(idle) - 1, -1, -1):
            if idle[index][0] == origin:
                _, connection = idle.pop(index)
                if connection.idle and connection.idle_until >= now:
                    return connection
                connection.close()
        return None

    async def _connected(self, origin: Origin, seconds: float | None) -> Connection:
        scheme, host, port = origin
        try:
            async with asyncio.timeout(seconds):
                socket = await dial(host, port)
                try:
                    secure = scheme == "https"
                    _, connection = await asyncio.get_running_loop().create_connection(
                        lambda: Connection(None if secure else socket),
                        sock=socket,
                        ssl=self._tls if secure else None,
                        server_hostname=host.rstrip(".") if secure else None,
                    )
                except BaseException:
                    socket.close()
                    raise
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"no connection within {seconds} s") from error
        except (OSError, ValueError) as error:
            raise httpx.ConnectError(str(error)) from error
        return connection


class _Stream(httpx.AsyncByteStream):
    def __init__(self, transport: Transport, origin: Origin, connection: Connection) -> None:
        self._transport, self._origin = transport, origin
        self._connection: Connection | None = connection

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self._connection is None:
            raise httpx.StreamClosed
        return self._connection.body()

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._transport.release(self._origin, connection)


def _nobody() -> None:
    """In the place of somebody who wants to know."""


def _rendered(request: httpx.Request) -> bytes:
    """Request line and headers (https://www.rfc-editor.org/rfc/rfc9112). Raises httpx.LocalProtocolError."""
    if "transfer-encoding" in request.headers:
        raise httpx.LocalProtocolError("a request is sent whole, with its length")
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b" % header for header in request.headers.raw]
    if any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines):
        raise httpx.LocalProtocolError("a header may not hold a line break")
    return b"\r\n".join([*lines, b"", b""])
