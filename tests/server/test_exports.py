"""Downloads under way: what they hold while their readers take their time, and what is taken back meanwhile."""

import contextlib
import io
import json
import socket
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.client import Client
from tests.provider import Provider, say
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

TURNS, SIZE = 45, 200_000  # 9 MB: more than the kernels on both sides take for a reader that reads nothing
FILL = """
from tests.factories import answered, new_turn, person
turn = None
for number in range({turns}):
    above = (turn.conversation_id, turn.pk) if turn else (None, None)
    turn = answered(person("ann"), new_turn(*above, f"Q{{number}}"), f"A{{number}} " + "word " * {words})
    print(turn.conversation_id, turn.pk)
"""
WITHDRAW = """
from uuid import UUID
from chat import turns
from chat.models import Status
assert turns.states.move(UUID("{turn}"), Status.SAVED, Status.WITHDRAWN)
"""


def filled(server: Server) -> tuple[str, list[UUID]]:
    """A long conversation of ann's: its id, and its turns."""
    written = server.manage("shell", "-c", FILL.format(turns=TURNS, words=SIZE // 5))
    rows = [line.split() for line in written.splitlines() if len(line) == 73]
    assert len(rows) == TURNS
    return rows[0][0], [UUID(turn) for _, turn in rows]


class Slow:
    """A reader of a download that takes nothing out of a small buffer until it is told to."""

    def __init__(self, server: Server, client: Client, path: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.settimeout(30)
        self._socket.connect(server.address)
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n"
        self._socket.sendall(head.encode())
        self._got = self._socket.recv(16)
        assert self._got.startswith(b"HTTP/1.1 200")

    def rest(self) -> bytes:
        """The whole body, read at once."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        while piece := self._socket.recv(1 << 20):
            self._got += piece
        head, _, chunks = self._got.partition(b"\r\n\r\n")
        assert b"chunked" in head.lower()
        body = b""
        while chunks:
            size, _, chunks = chunks.partition(b"\r\n")
            length = int(size, 16)
            body, chunks = body + chunks[:length], chunks[length + 2 :]
            if not length:
                return body
        raise AssertionError("the body broke off")

    def __enter__(self) -> "Slow":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


@pytest.mark.parametrize("under", ["uvicorn", "daphne"])
def test_many_that_read_nothing_hold_no_thread_no_connection_and_little_memory(
    sluice: Callable[..., Server], provider: Provider, under: str
) -> None:
    provider.script("quick", say("All the same."))
    server = sluice(under=under)
    conversation, _ = filled(server)
    ann = server.client("ann")
    ann.finished(ann.ask("s/quick"))
    paths = (f"/c/{conversation}/export.json", f"/c/{conversation}/export.md", "/account/export.zip")
    before = server.resident
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(Slow(server, ann, path)) for path in paths for _ in range(4)]
        for _ in range(3):
            assert ann.finished(ann.ask("s/quick"))["state"] == "saved"
        assert server.threads <= 19
        assert server.resident - before < 12 * 5_000_000, "not the 9 MB of each"
        if server.database:
            sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            assert server.rows(sql)[0][0] <= 13
        assert len(json.loads(readers[0].rest())["turns"]) == TURNS


def test_what_is_withdrawn_is_found_and_sent_no_more_also_where_a_download_is_under_way(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    conversation, turns = filled(server)
    ann = server.client("ann")
    last = f"A{TURNS - 1}"
    assert last in ann.get(f"/search/?q={last}").text.partition('id="results"')[2].partition("<mark>")[2]
    with (
        Slow(server, ann, f"/c/{conversation}/export.json") as as_json,
        Slow(server, ann, f"/c/{conversation}/export.md") as as_markdown,
    ):
        server.manage("shell", "-c", WITHDRAW.format(turn=turns[-1]))
        assert "Nothing found" in ann.get(f"/search/?q={last}").text
        answers: list[Any] = [turn["answer"] for turn in json.loads(as_json.rest())["turns"]]
        text = as_markdown.rest().decode()
    assert answers[-1] is None
    assert all(answer["text"].startswith("A") for answer in answers[:-1])
    assert f"> Q{TURNS - 1}" in text
    assert f"{last} " not in text
    assert text.count("not part of the conversation") == 1
    page = ann.get(f"/c/{conversation}/?turn={turns[-1]}").text
    assert (
        "This answer is not part of the conversation" in page or "It is not part of the conversation" in page
    )
    assert f"{last} " not in page
    archive = zipfile.ZipFile(io.BytesIO(ann.get("/account/export.zip").content))
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert f"A{TURNS - 2} " in everything
    assert f"{last} " not in everything
