"""The live socket: what one process does is told to the same person's pages at another, and to nobody else's."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

Hear = Callable[..., "Ear"]


class Ear:
    """A page's socket, which hears already."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[str] = []
        assert self.frame()["event"] == "ready"

    def frame(self) -> dict[str, Any]:
        """The next one that is no ping."""
        deadline = time.monotonic() + 30
        while True:
            text = self.socket.recv(timeout=deadline - time.monotonic())
            self.frames.append(str(text))
            if (found := json.loads(text))["event"] != "ping":
                return found

    def until(self, kind: str, conversation: uuid.UUID) -> set[str]:
        """Wait for a hint of this kind about this conversation; all conversations hinted at until then."""
        seen: set[str] = set()
        while True:
            frame = self.frame()
            assert frame["event"] == "changed"
            hint = json.loads(frame["data"])
            seen |= {each for ids in hint.values() for each in ids}
            if str(conversation) in hint.get(kind, ()):
                return seen

    def last(self) -> str:
        """The event of the last frame before it closes."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.frame()
        return json.loads(self.frames[-1])["event"]


@pytest.fixture
def hear() -> Iterator[Hear]:
    """Opens the live socket of a person at a server: `hear(server, "ann")`."""
    with ExitStack() as stack:

        def open_one(server: Server, person: str = "ann", session: str = "") -> Ear:
            cookie = f"sessionid={session or server.sessions[person]}"
            address = f"{server.url.replace('http', 'ws')}/ws/live/"
            socket = connect(address, origin=server.url, additional_headers={"Cookie": cookie}, proxy=None)  # type: ignore[arg-type]
            return Ear(stack.enter_context(socket))

        yield open_one


@pytest.fixture
def pair(sluice: Callable[..., Server], redis: RedisServer) -> tuple[Server, Server]:
    first = sluice(REDIS_URL=redis.url)
    return first, first.beside().start()


def test_what_one_process_does_is_told_at_the_other_and_to_that_person_alone(
    pair: tuple[Server, Server], provider: Provider, hear: Hear
) -> None:
    here, there = pair
    provider.script("secret", [["text", "Nothing of this"], ["gate"], *END])
    mine, others = hear(there, "ann"), hear(there, "ben")
    ann, ben = here.client("ann"), here.client("ben")
    chat, bens = uuid.uuid4(), uuid.uuid4()
    turn = ann.ask("s/secret", conversation=chat)
    mine.until("turns", chat)
    assert "mark-running" in here.client("ann").get("/sidebar/", headers={"HX-Request": "true"}).text
    provider.release("secret")
    ann.finished(turn)
    mine.until("list", chat)  # its title, told with the turn's end
    ann.post(f"/c/{chat}/rename/", data={"title": "The word"})
    mine.until("list", chat)
    ann.post(f"/c/{chat}/delete/")
    mine.until("turns", chat)
    ben.finished(ben.ask("s/hello", conversation=bens))
    # What ben hears first is his own: nothing of ann's came before it.
    assert others.until("turns", bens) == {str(bens)}
    told = "".join(mine.frames + others.frames)
    assert "Nothing" not in told
    assert "word" not in told


def test_stopping_choosing_a_version_and_restoring_are_told(
    sluice: Callable[..., Server], provider: Provider, hear: Hear
) -> None:
    server = sluice()
    ann, chat = server.client("ann"), uuid.uuid4()
    provider.script("half", [["text", "Half"], ["hang"]])
    page = hear(server)
    turn = ann.ask("s/half", conversation=chat)
    page.until("turns", chat)
    ann.stop(turn)
    ann.finished(turn)
    page.until("turns", chat)
    other = ann.ask("s/hello", conversation=chat)
    ann.finished(other)
    assert ann.post(f"/turns/{turn}/select/").status_code == 302
    page.until("turns", chat)
    ann.post(f"/c/{chat}/delete/")
    page.until("turns", chat)
    ann.post(f"/c/{chat}/restore/")
    page.until("turns", chat)


def test_a_session_that_ends_ends_its_sockets_at_every_process(
    pair: tuple[Server, Server], hear: Hear
) -> None:
    here, there = pair
    ann = here.client("")
    ann.sign_in("ann")
    page = hear(there, session=ann.cookies["sessionid"])
    kept = hear(there)
    ann.post("/logout/")
    assert page.last() == "signed-out"
    here.client("ann").ask("s/hello", conversation=(chat := uuid.uuid4()))
    kept.until("turns", chat)


@pytest.mark.parametrize("under", ["uvicorn", "daphne"])
def test_nobody_and_a_foreign_page_hear_nothing(serve: Callable[..., Server], hear: Hear, under: str) -> None:
    server = serve(under=under)
    with pytest.raises(InvalidStatus):
        hear(server, session="nobody")
    address = f"{server.url.replace('http', 'ws')}/ws/live/"
    cookie = {"Cookie": f"sessionid={server.sessions['ann']}"}
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(
            address,
            origin="https://elsewhere.example",
            additional_headers=cookie,
            proxy=None,  # type: ignore[arg-type]
        ),
    ):
        pass
    assert refusal.value.response.status_code == 403
    hear(server)


def test_a_drain_ends_the_sockets_with_a_word(sluice: Callable[..., Server], hear: Hear) -> None:
    server = sluice()
    page = hear(server)
    assert server.terminate() == 0
    assert page.last() == "interrupted"


def test_without_redis_a_page_is_told_to_come_again(
    pair: tuple[Server, Server], redis: RedisServer, hear: Hear
) -> None:
    server = pair[1]
    redis.kill()
    address, cookie = f"{server.url.replace('http', 'ws')}/ws/live/", f"sessionid={server.sessions['ann']}"
    with connect(address, origin=server.url, additional_headers={"Cookie": cookie}, proxy=None) as socket:  # type: ignore[arg-type]
        assert json.loads(socket.recv(timeout=30)) == {"event": "interrupted", "data": "{}", "retry": 5000}
    redis.start()
    hear(server)
