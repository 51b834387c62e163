"""Every process is replaced, one after the other, while a hundred answers are being written."""

import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.client import Client
from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.server import sound
from tests.server.reading import Page
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

TURNS = 100


@dataclass
class Reader(threading.Thread):
    """A browser: comes back where it was, to whichever process there is."""

    turn: uuid.UUID
    clients: list[Client]
    page: Page = field(default_factory=Page)
    end: dict[str, str] = field(default_factory=dict)
    returns: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.start()

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        last = ""
        for client in itertools.cycle(self.clients):
            try:
                with client.events(self.turn, after=last) as stream:
                    for event in stream:
                        self.page.apply(event)
                        last = stream.last_id
                        if event.name == "done":
                            self.end = json.loads(event.data)
                            return
            except (OSError, ConnectionError):
                time.sleep(0.05)  # nobody there: a moment later at the next
            self.returns += 1


def restart(server: Server) -> None:
    assert server.terminate() == 0
    server.start()


@pytest.mark.postgresql
def test_a_hundred_answers_outlive_the_restart_of_every_process(
    sluice: Callable[..., Server], redis: RedisServer, provider: Provider
) -> None:
    first = sluice(wait=False, REDIS_URL=redis.url, CHAT_RUNNER="procrastinate", CHAT_DRAIN="0.5")
    webs = [first.start(), first.beside().start()]
    workers = [first.beside("worker").start() for _ in range(2)]
    texts = {}
    for number in range(TURNS):
        pieces = [f"Answer *{number}*, line {line}.\n\n" for line in range(20)]
        steps = [step for piece in pieces for step in (["text", piece], ["wait", 0.05])]
        provider.script(f"t{number}", [*steps[:-10], ["gate"], *steps[-10:], *END])
        texts[number] = "".join(pieces)
    clients = [web.client() for web in webs]
    turns = [clients[number % 2].ask(f"s/t{number}") for number in range(TURNS)]
    readers = [Reader(turn, clients if number % 3 else clients[::-1]) for number, turn in enumerate(turns)]
    for number in range(TURNS):
        provider.wait_for_request(f"t{number}")
    begun = time.monotonic()
    for server in (*workers, *webs):
        restart(server)
    print(f"all processes replaced in {time.monotonic() - begun:.0f} s")
    for number in range(TURNS):
        provider.release(f"t{number}", times=9)
    for reader in readers:
        reader.join(timeout=60)
    assert [reader.end.get("state") for reader in readers] == ["saved"] * TURNS
    for number, (turn, reader) in enumerate(zip(turns, readers, strict=True)):
        assert first.message(turn) == texts[number]
        assert reader.page.shows(texts[number])
    attempts = [first.turn(turn)["attempt"] for turn in turns]
    print(f"attempts {sum(attempts)}, returns of readers {sum(reader.returns for reader in readers)}")
    assert max(attempts) > 1
    sound.check(first)
    assert "Traceback" not in "".join(server.log for server in (*webs, *workers))
