"""A server that sends raw bytes, and what a client on our transport or on httpx's own makes of them."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx

from chat.llm import network
from chat.llm.transport import Transport

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(serve: Serve, host: str = "127.0.0.1", **options: object) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    server = await asyncio.start_server(connection, host, 0, **options)  # type: ignore[arg-type]
    name = f"[{host}]" if ":" in host else host
    try:
        scheme = "https" if options else "http"
        yield f"{scheme}://{name}:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await asyncio.sleep(0.01)  # what the client has closed is noticed
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(2)


def ours() -> httpx.AsyncBaseTransport:
    return Transport(network._tls())


def theirs() -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(verify=network._tls(), trust_env=False)


def playing(raw: bytes, size: int, *, reset: bool = False) -> Serve:
    """Answers with `raw` in pieces of `size` bytes, then closes or resets."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        for start in range(0, len(raw), size):
            writer.write(raw[start : start + size])
            await writer.drain()
            await asyncio.sleep(0)
        if reset:
            await asyncio.sleep(0.05)  # what was sent is to arrive before it
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )

    return serve


async def outcome(transport: httpx.AsyncBaseTransport, url: str, rest: float = 0) -> object:
    """Status, headers and body, or the kind of error that reading raised. `rest`: seconds between two looks."""
    body = b""
    async with httpx.AsyncClient(transport=transport, timeout=10) as client:
        try:
            async with client.stream("POST", url, content=b"{}") as response:
                async for piece in response.aiter_raw():
                    body += piece
                    await asyncio.sleep(rest)
        except httpx.TransportError as error:
            return type(network.translated(error, "x"))
        headers = sorted((k.lower(), v) for k, v in response.headers.raw)
        return response.status_code, headers, body
