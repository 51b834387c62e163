"""A provider that means harm costs a server little, for a short time, and nobody else anything."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hostile import ATTACKS, Hostile
from tests.server import sound
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

MEMORY = 64 << 20  # bytes that a server may take for one attack
TRAFFIC = 1 << 30  # bytes that it may take from the provider, buffers on the way included
PATIENCE = 5.0  # seconds that anybody else waits: against standing still, no measure of speed


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with Hostile() as provider:
        yield provider


def most(server: Server) -> int:
    """The most memory that the process had so far, in bytes."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_whatever_a_provider_sends_ends_soon_and_stops_nobody_else(
    serve: Callable[..., Server], hostile: Hostile
) -> None:
    server = serve(CHAT_PROVIDER_PROTOCOL="openai", CHAT_PROVIDER_URL=hostile.url, CHAT_MODEL="m")
    client = server.client()
    client.get("/")
    for name in ATTACKS:
        before = most(server)
        with Neighbour(server) as neighbour:
            turn = client.ask(name)
            client.finished(turn)
        row = server.turn(turn)
        if name == "a count of 8 MB":
            assert (row["status"], row["finish"]) == ("saved", "complete"), name
        else:
            assert row["status"] in ("failed", "saved"), name
            assert row["finish"] in ("broken", "length"), name
        assert neighbour.longest < PATIENCE, name
        assert most(server) - before < MEMORY, name
        assert hostile.sent[name] < TRAFFIC, name
    usage = max(
        len(text) for (text,) in server.rows("SELECT COALESCE(CAST(usage AS TEXT), '') FROM chat_turn")
    )
    assert usage < 10_000
    assert "Traceback" not in server.log
    sound.check(server)


class Neighbour:
    """Somebody else, who asks for a page again and again; `longest` is how long they waited at most, in seconds."""

    def __init__(self, server: Server) -> None:
        self.longest = 0.0
        self._client = server.client("ben")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> "Neighbour":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.wait(0.05):
            began = time.monotonic()
            self._client.get("/healthz").raise_for_status()
            self.longest = max(self.longest, time.monotonic() - began)
