"""However many streams are open, a process has few threads and few database connections."""

import asyncio
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.provider import Provider
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

STREAMS = 500
TURNS = 10  # that they read
NEW = 8  # turns that are begun meanwhile
CONNECTIONS, THREADS = 12, 20  # at most, and fewer than
TEXT = b"begun"


class Reader(asyncio.Protocol):
    """Sends a request, and notes when the text has begun."""

    def __init__(self, request: bytes) -> None:
        self._request, self._seen = request, b""
        self.begun = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.begun.done():
            self._seen += data
            if TEXT in self._seen:
                self.begun.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.begun.done():
            self.begun.set_exception(ConnectionError(self._seen[-500:].decode("utf-8", "replace")))


def connections(server: Server) -> int:
    """To the database, of the server's process."""
    if server.database:
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        return int(server.rows(f"SELECT count(*) FROM pg_stat_activity WHERE {mine}")[0][0])
    assert server.process is not None
    handles = Path(f"/proc/{server.process.pid}/fd").iterdir()
    return sum(os.path.realpath(each).endswith(".sqlite3") for each in handles)


def request(server: Server, turn: uuid.UUID, cookie: str, route: str) -> bytes:
    host = f"{server.address[0]}:{server.address[1]}"
    if route == "sse":
        lines = [f"GET /turns/{turn}/events HTTP/1.1"]
    else:
        lines = [
            f"GET /ws/turns/{turn}/ HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", f"Origin: {server.url}",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]  # fmt: skip
    return "\r\n".join([*lines, f"Host: {host}", f"Cookie: {cookie}", "", ""]).encode()


@pytest.mark.parametrize("route", ["sse", "websocket"])
@pytest.mark.parametrize("under", ["uvicorn", "daphne"])
def test_open_streams_hold_no_thread_and_no_connection(
    sluice: Callable[..., Server], provider: Provider, under: str, route: str
) -> None:
    server = sluice(under=under)
    ann = server.client("ann")
    provider.script("drip", [["text", f"{TEXT.decode()} "], *([["text", "more "], ["wait", 0.5]] * 600)])
    turns = [ann.ask("s/drip") for _ in range(TURNS)]
    cookie = "; ".join(f"{name}={value}" for name, value in ann.cookies.items())
    most_threads = most_connections = 0

    async def main() -> None:
        nonlocal most_threads, most_connections
        loop, readers = asyncio.get_running_loop(), []
        for number in range(STREAMS):
            asked = request(server, turns[number % TURNS], cookie, route)
            _, reader = await loop.create_connection(lambda asked=asked: Reader(asked), *server.address)
            readers.append(reader)
            if number % 25 == 24:  # a queue for connections is 100 long and more nowhere
                await asyncio.wait_for(readers[-1].begun, 30)
        await asyncio.wait_for(asyncio.gather(*(reader.begun for reader in readers)), 60)
        metrics = await asyncio.to_thread(lambda: ann.get("/metrics").text)
        assert f'\nsluice_stream_readers{{route="{route}"}} {STREAMS}.0' in metrics
        for _ in range(NEW):
            asking = asyncio.ensure_future(asyncio.to_thread(ann.ask, "s/drip"))
            while not asking.done():
                most_threads = max(most_threads, server.threads)
                most_connections = max(most_connections, connections(server))
                await asyncio.sleep(0.005)
            await asking
        for reader in readers:
            reader.transport.close()

    asyncio.run(main())
    print(f"{STREAMS} streams by {route} on {under}: {most_threads} threads, {most_connections} connections")
    assert 0 < most_threads < THREADS
    assert most_connections <= CONNECTIONS
