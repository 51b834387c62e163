"""daphne has no back pressure of its own: a reader that does not read costs little there too, and is cut in the end."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Callable

import pytest

from chat.management.server import STUCK
from tests.provider import END, Provider
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

PIECE = "A long line that nobody reads, again and again and again. " * 40
MANY = 380  # pieces: 900 KB of text
READERS = 40


@pytest.mark.parametrize("route", ["sse", "websocket"])
def test_readers_that_read_nothing_cost_little_on_daphne_and_are_cut(
    sluice: Callable[..., Server], provider: Provider, route: str
) -> None:
    server = sluice(under="daphne", CHAT_MAX_ANSWER="10000000")
    ann = server.client("ann")
    paced = [each for _ in range(MANY) for each in (["text", PIECE + "\n\n"], ["wait", 0.02])]
    provider.script("flood", [*paced, ["gate"], *END])
    turn = ann.ask("s/flood")
    cookie = "; ".join(f"{name}={value}" for name, value in ann.cookies.items())
    with ann.events(turn) as quick:
        seen = sum(len(event.data) for event in quick.until("message"))
        before = server.resident
        stuck = [_stalled(server, turn, cookie, route) for _ in range(READERS)]
        for event in quick:  # it gets everything while the others stand still
            seen += len(event.data)
            if seen > MANY * len(PIECE):
                break
        # Without room to wait for it is 1.1 MB each, and as much again in the kernel.
        assert server.resident - before < READERS * 800_000
        provider.release("flood")
        assert json.loads(quick.until("done")[-1].data)["state"] == "saved"
    deadline = time.monotonic() + STUCK + 20
    while (left := _readers(server)) and time.monotonic() < deadline:
        time.sleep(1)
    assert not left
    for each in stuck:
        with contextlib.suppress(OSError):
            each.close()
    assert (server.message(turn) or "").count("A long line") == MANY * 40


def _stalled(server: Server, turn: object, cookie: str, route: str) -> socket.socket:
    """A connection that asks for the stream and then takes nothing out of a small buffer."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(server.address)
    lines = [f"GET /turns/{turn}/events HTTP/1.1"]
    if route == "websocket":
        lines = [
            f"GET /ws/turns/{turn}/ HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade", f"Origin: {server.url}",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]  # fmt: skip
    lines += [f"Host: {server.url.removeprefix('http://')}", f"Cookie: {cookie}", "", ""]
    reader.sendall("\r\n".join(lines).encode())
    return reader


def _readers(server: Server) -> float:
    text = server.client("ann").get("/metrics").text
    return sum(float(n) for n in re.findall(r"^sluice_stream_readers{.*} (.+)$", text, re.MULTILINE))
