"""Readers that come back, come several at once, come too late, may not come, or come and do not read."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from tests.client import Client
from tests.provider import END, Provider
from tests.server.reading import Page
from tests.server.texts import LAST, script, text_of
from tests.servers import Server
from tests.sse import Event, Stream

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]


def test_a_resumed_reader_gets_its_first_byte_within_half_a_second(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    """Half of them at least: what else the machine does can only add to it."""
    server = sluice()
    client = server.client()
    text = text_of(1) * 4
    provider.script("paused", [["text", text], ["gate"], *END])
    turn = client.ask("s/paused")
    with client.events(turn) as stream:
        while LAST not in _first(stream, "message").data:
            pass
    waited = []
    for cursor in ["1.1", "", "7.7", "1.1", "nonsense"] * 8:
        began = time.monotonic()
        with client.events(turn, after=cursor) as stream:
            _first(stream, "message", "state")
            waited.append(time.monotonic() - began)
    waited.sort()
    print(f"first replayed byte: median {waited[20] * 1000:.0f} ms, worst {waited[-1] * 1000:.0f} ms")
    assert waited[20] < 0.5
    provider.release("paused")
    assert client.finished(turn)["state"] == "saved"


def test_everything_missed_arrives_as_one_event(sluice: Callable[..., Server], provider: Provider) -> None:
    server = sluice()
    client = server.client()
    pieces = [f"Sentence number {n}. " for n in range(12)]
    provider.script("stairs", [step for piece in pieces for step in (["text", piece], ["gate"])] + END)
    turn = client.ask("s/stairs")
    page = Page()
    with client.events(turn) as stream:
        for number in range(len(pieces)):
            while f"number {number}." not in page.text:
                page.apply(_first(stream, "message"))
            if number == 2:
                cursor = stream.last_id
            if number < len(pieces) - 1:
                provider.release("stairs")
    assert page.shows("".join(pieces))
    with client.events(turn, after=cursor) as resumed:
        missed = _first(resumed, "message")
    assert missed.id == stream.last_id
    assert "Sentence number 2." not in missed.data
    assert all(piece.strip() in missed.data for piece in pieces[3:])


def test_several_readers_see_the_same_answer_at_once(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    tabs = [server.client() for _ in range(8)]
    provider.script("shared", script(text_of(3), 3))
    turn = tabs[0].ask("s/shared")
    pages = [Page() for _ in tabs]

    def read(tab: Client, page: Page) -> str:
        with tab.events(turn) as stream:
            for event in stream:
                page.apply(event)
        return event.data

    with ThreadPoolExecutor(len(tabs)) as pool:
        reading = [pool.submit(read, tab, page) for tab, page in zip(tabs, pages, strict=True)]
        provider.release("shared", 2)
        ends = {each.result(timeout=60) for each in reading}
    assert len(ends) == 1
    assert all(page.shows(text_of(3)) for page in pages)
    assert server.message(turn) == text_of(3)


def test_a_turn_that_has_ended_is_answered_from_the_database(sluice: Callable[..., Server]) -> None:
    server = sluice()
    client = server.client()
    turn = client.ask("s/hello")
    client.finished(turn)
    for cursor in ["", "1.1", "1.999", "5.5", "x"]:
        with client.events(turn, after=cursor) as stream:
            assert [(event.name, event.data) for event in stream] == [
                ("done", '{"state": "saved", "reference": ""}')
            ]
    server.kill()
    server.start()  # another process, whose log knows nothing
    assert client.finished(turn) == {"state": "saved", "reference": ""}


def test_only_its_owner_may_follow_a_turn(sluice: Callable[..., Server], provider: Provider) -> None:
    server = sluice()
    client = server.client("ann")
    provider.script("private", [["text", "for ann alone"], ["gate"], *END])
    turn = client.ask("s/private")
    with client.events(turn) as stream:
        while "for ann alone" not in _first(stream, "message").data:
            pass
    for person, address, status in [
        ("ben", turn, 404), ("alma", turn, 404), ("rita", turn, 404), ("", turn, 401), ("ann", uuid4(), 404)
    ]:  # fmt: skip
        with server.client(person).events(address) as stream:
            assert stream.status == status, (person, stream.status)
            assert "for ann alone" not in stream.body()
    assert client.post(f"/turns/{turn}/events").status_code == 405
    assert server.client("").post(f"/turns/{turn}/events").status_code == 405
    provider.release("private")


def test_a_reader_that_never_reads_holds_nothing_up(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    client = server.client()
    line = "All work and no play makes Jack a dull boy. "
    text = "".join(f"{n}: {line}\n\n" for n in range(3000))
    pieces = [["text", text[i : i + 300]] for i in range(0, len(text), 300)]
    provider.script("flood", [["gate"], *pieces, *END])
    turn = client.ask("s/flood")
    stuck = [_deaf(client, turn) for _ in range(20)]
    before = server.resident
    provider.release("flood")
    assert client.finished(turn)["state"] == "saved"
    grown = server.resident - before
    print(f"{len(text)} characters past 20 readers that do not read: {grown / 1e6:.1f} MB more")
    assert server.message(turn) == text.strip("\n") + "\n\n"
    # Twenty copies of the answer's HTML would be more than this.
    assert grown < 60_000_000
    for each in stuck:
        each.close()


def _deaf(client: Client, turn: UUID) -> socket.socket:
    """A connection that asks for the stream and reads nothing of it, with hardly any room for what comes."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(client.address)
    lines = [
        f"GET /turns/{turn}/events HTTP/1.1", f"Host: {client.address[0]}:{client.address[1]}",
        "Cookie: " + "; ".join(f"{name}={value}" for name, value in client.cookies.items()), "", "",
    ]  # fmt: skip
    connection.sendall("\r\n".join(lines).encode())
    return connection


def _first(stream: Stream, *names: str) -> Event:
    return next(event for event in stream if event.name in names)
