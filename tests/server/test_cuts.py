"""Connections cut at any event and any byte: the text they end with is the stored one, once."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from tests.client import Client
from tests.provider import Provider
from tests.server.reading import Page
from tests.server.texts import LAST, script, text_of
from tests.servers import Server
from tests.sse import Stream

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

TURNS, READERS, SEED = 20, 10, 7
# What a client may say that names no place in this text.
NONSENSE = ["", "x", "1", "-1.5", "1.-1", "9.1", "0.3", "1.999999999", "99999999999999.1", "1.2.3", "١.٢"]


def test_two_hundred_connections_cut_anywhere_end_with_the_stored_text(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    client = server.client()
    turns: dict[UUID, int] = {}
    for number in range(TURNS):
        provider.script(f"turn-{number}", script(text_of(number), number))
        turns[client.ask(f"s/turn-{number}")] = number
    readers = [
        _Reader(client, turn, random.Random(SEED * 1000 + n)) for n, turn in enumerate([*turns] * READERS)
    ]
    with ThreadPoolExecutor(len(readers)) as pool:
        reading = [pool.submit(reader.read) for reader in readers]
        for number in range(TURNS):
            provider.release(f"turn-{number}")
        for reader in readers:
            assert reader.complete.wait(60), reader.history
        # Nobody is sent to the database for the end before the stream alone has given it all of the text.
        for number in range(TURNS):
            provider.release(f"turn-{number}")
        for each in reading:
            each.result(timeout=60)
    stored = {turn: server.message(turn) for turn in turns}
    assert all(stored[turn] == text_of(number) for turn, number in turns.items())
    for reader in readers:
        assert reader.page.shows(stored[reader.turn]), f"{reader.turn}: {reader.history}"
    cuts = sum(reader.cuts for reader in readers)
    kinds = {kind for reader in readers for kind, _ in reader.history}
    print(f"{len(readers)} readers, {cuts} cuts, {sum(r.page.redraws for r in readers)} redraws")
    assert cuts >= 200
    assert kinds == {"events", "bytes", "end"}


class _Reader:
    """A browser whose network breaks again and again, at random; its page stays."""

    def __init__(self, client: Client, turn: UUID, chance: random.Random) -> None:
        self.client, self.turn, self.chance = client, turn, chance
        self.page, self.last, self.cuts = Page(), "", 0
        self.complete = threading.Event()
        self.history: list[tuple[str, str]] = []

    def read(self) -> None:
        while True:
            stream = self._connect()
            kind = self.chance.choice(["events", "bytes"]) if self.cuts < 6 else "end"
            try:
                if self._until_cut(stream, kind):
                    self.history.append(("end", self.last))
                    return
            finally:
                stream.cut(reset=self.chance.random() < 0.5)
            self.history.append((kind, self.last))
            self.cuts += 1

    def _connect(self) -> Stream:
        """By the header, by the address, or with a cursor that is none."""
        choice = self.chance.random()
        if choice < 0.2 and self.last:
            return _at(self.client, self.turn, self.last)
        if choice < 0.4 and self.last:
            # The header wins over the address, which is as old as the page.
            return _at(self.client, self.turn, "1.1", self.last)
        if choice < 0.5:
            return self.client.events(self.turn, after=self.chance.choice(NONSENSE))
        return self.client.events(self.turn, after=self.last)

    def _until_cut(self, stream: Stream, kind: str) -> bool:
        """Read on; True at the end of the turn."""
        assert stream.status == 200
        left = self.chance.randint(0, 12) if kind == "events" else self.chance.randint(0, 3000)
        for event in stream:
            if kind == "bytes" and stream.received > left:
                return False  # the cut fell into this event, which a browser then drops
            self.page.apply(event)
            self.last = event.id or self.last
            if LAST in event.data:
                self.complete.set()
            if event.name == "done":
                return True
            left -= kind == "events"
            if left <= 0 and kind == "events":
                return False
        raise AssertionError(f"{self.turn}: the stream ended without done")


def _at(client: Client, turn: UUID, place: str, header: str = "") -> Stream:
    """As a page opens it whose address names the place it was drawn for."""
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"Cookie": cookie, **({"Last-Event-ID": header} if header else {})}
    return Stream(client.address, f"/turns/{turn}/events?after={place}", headers)
