"""The WebSocket to a turn: what the event stream gives, to whom it gives it, and what a page may send."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.browser.standing import standing
from tests.client import Client
from tests.prepared import PASSWORD
from tests.provider import END, SECRET, Provider
from tests.server import sound
from tests.server.reading import Page
from tests.server.texts import LAST, script, text_of
from tests.servers import Server
from tests.sockets import Socket
from tests.sse import Event

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

NEW = "another long password"
TRUSTED = "https://chat.example.com"


@pytest.fixture(scope="module", params=["uvicorn", "daphne"])
def server(
    request: pytest.FixtureRequest,
    prepared_data: tuple[Path, str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    running: Provider,
) -> Iterator[Server]:
    """One of each kind for all tests here; it believes a proxy on this machine."""
    settings = {
        "CHAT_PROVIDER_PROTOCOL": "openai", "CHAT_PROVIDER_URL": running.url("asked"), "CHAT_MODEL": "fake",
        "CHAT_MAX_RUNNING": "300", "TRUSTED_PROXIES": "127.0.0.1", "CSRF_TRUSTED_ORIGINS": TRUSTED,
        "SECURE_COOKIES": "0", "ALLOWED_HOSTS": "127.0.0.1,chat.example.com",
    }  # fmt: skip
    with standing(
        prepared_data, tmp_path_factory.mktemp("sockets"), under=request.param, **settings
    ) as server:
        yield server


def begun(client: Client, provider: Provider, text: str = "some text ") -> UUID:
    """A turn that has said `text` and waits."""
    name = f"t{uuid4().hex}"
    provider.script(name, [["text", text], ["gate"], *END])
    turn = client.ask(f"s/{name}")
    with client.events(turn) as stream:
        for event in stream:
            if text.split()[-1] in event.data:
                return turn
    raise AssertionError("the text did not come")


def change_password(client: Client, old: str, new: str) -> None:
    fields = {"action": "password", "old_password": old, "new_password1": new, "new_password2": new}
    assert client.post("/account/", data=fields).status_code == 302


def news(source: Iterable[Event]) -> Iterator[Event]:
    """Without the pings, which come when they come."""
    return (event for event in source if event.name != "ping")


def test_at_any_cursor_it_gives_what_the_event_stream_gives(server: Server, provider: Provider) -> None:
    client = server.client()
    provider.script("long", script(text_of(5), 5))
    turn = client.ask("s/long")
    provider.release("long")
    with client.events(turn) as stream:
        while LAST not in next(iter(stream)).data:
            pass
        top = stream.last_id
    seq = int(top.partition(".")[2])
    cursors = [f"1.{n}" for n in range(0, seq, max(1, seq // 25))]
    for after in [*cursors, "", "7.7", f"1.{seq + 5}", "nonsense", "1.2.3"]:
        with client.events(turn, after=after) as stream, client.socket(turn, after=after) as socket:
            for event, frame in zip(news(stream), news(socket), strict=False):
                assert frame == event, after
                if event.id == top and event.name == "message":
                    break
    provider.release("long")
    assert (
        client.socket(turn, after=top).until("done")[-1] == client.events(turn, after=top).until("done")[-1]
    )


def test_cut_and_resumed_anywhere_it_ends_with_the_stored_text(server: Server, provider: Provider) -> None:
    client, chance = server.client(), random.Random(3)
    provider.script("cut", script(text_of(6), 6))
    turn = client.ask("s/cut")
    provider.release("cut")
    page, last, cuts = Page(), "", 0
    while LAST not in page.text:
        with client.socket(turn, after=last) as socket:
            left = chance.randint(0, 4)
            for event in socket:
                page.apply(event)
                last = event.id or last
                left -= 1
                if left < 0 or LAST in event.data:
                    break
            socket.cut(reset=chance.random() < 0.5)
            cuts += 1
    assert cuts >= 8
    provider.release("cut")
    ends = client.socket(turn, after=last).until("done")
    assert json.loads(ends[-1].data)["state"] == "saved"
    assert server.message(turn) == text_of(6)
    assert page.shows(text_of(6))
    assert page.redraws == 0


def test_a_turn_that_has_ended_is_answered_and_the_socket_closed(server: Server, provider: Provider) -> None:
    client = server.client()
    turn = client.ask("s/hello")
    client.finished(turn)
    socket = client.socket(turn, after="1.1")
    assert [(event.name, json.loads(event.data)["state"]) for event in socket] == [("done", "saved")]
    assert socket.code() == 1000


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 101),
        ({"Origin": ""}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),  # another port of the same machine
        ({"Origin": TRUSTED}, 101),
        ({"Origin": "http://chat.example.com"}, 403),
        ({"Origin": "https://chat.example.com", "X-Forwarded-Proto": "https"}, 101),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 400),
    ],
    ids=str,
)
def test_only_a_page_of_ours_may_open_it(
    server: Server, provider: Provider, headers: dict[str, str], status: int
) -> None:
    client = server.client()
    turn = begun(client, provider)
    socket = client.socket(turn, **headers)
    # daphne compares Host and Origin itself, too.
    assert socket.status in ({status} if server.under == "uvicorn" else {status, 403, 400})
    assert (socket.status == 101) == (status == 101)
    if status == 101:
        assert "some text" in "".join(event.data for event in socket.until("message"))


def test_only_its_owner_may_open_it_and_an_unknown_turn_looks_the_same(
    server: Server, provider: Provider
) -> None:
    turn = begun(server.client("ann"), provider)
    answers = {}
    for person, wanted in [("ben", turn), ("rita", turn), ("alma", turn), ("ann", uuid4()), ("", turn)]:
        socket = server.client(person).socket(wanted)
        answers[person, wanted == turn] = (socket.status, socket.body)
    signed_out = answers.pop(("", True))
    assert len(set(answers.values())) == 1, answers
    if server.under == "uvicorn":
        assert signed_out[0] == 401
        assert {status for status, _ in answers.values()} == {404}
    else:
        assert signed_out[0] == 403


def test_an_unknown_address_is_refused_without_a_word_in_the_log(server: Server) -> None:
    before = len(server.log)
    origin = {"Origin": server.url}
    for address in ("/ws/", "/ws/turns/", "/ws/turns/nothing/", "/", f"/turns/{uuid4()}/events"):
        assert Socket(server.address, address, origin).status == 403
    assert "Traceback" not in server.log[before:]


def test_a_person_who_is_signed_out_reads_no_more_and_stops_nothing(
    server: Server, provider: Provider
) -> None:
    client = server.client("")
    client.sign_in("ben")
    turn = begun(client, provider)
    other = server.client("")
    other.sign_in("ben")
    with client.socket(turn) as socket:
        socket.until("message")
        client.post("/logout/")
        socket.send({"type": "stop"})
        assert socket.until("signed-out")[-1].name == "signed-out"
        assert socket.code() == 1000
    assert server.turn(turn)["status"] == "streaming"
    with other.socket(turn) as socket:
        socket.until("message")
        # At once, without a word from the page: a new password ends every session but the one that set it.
        changed = server.client("")
        changed.sign_in("ben")
        change_password(changed, PASSWORD, NEW)
        assert socket.until("signed-out")[-1].name == "signed-out"
    change_password(changed, NEW, PASSWORD)


def test_stop_by_the_socket(server: Server, provider: Provider) -> None:
    client = server.client()
    turn = begun(client, provider, "a part of it ")
    with client.socket(turn) as socket:
        socket.until("message")
        socket.send({"type": "stop"})
        assert json.loads(socket.until("done")[-1].data)["state"] == "stopped"
    assert server.message(turn) == "a part of it "


def test_what_a_page_of_ours_would_not_send_ends_the_socket_and_nothing_else(
    server: Server, provider: Provider
) -> None:
    before = len(server.log)
    client = server.client()
    turn = begun(client, provider)
    for frame, code in [
        ("no json", 4003), ("[]", 4003), ('"stop"', 4003), ("[" * 3000, 4003), (b"\x00\x01", 4003),
        ("x" * 5000, 4009), ("x" * 2_000_000, 1009),
    ]:  # fmt: skip
        with client.socket(turn) as socket:
            socket.until("message")
            socket.send(frame)
            # The kernel may drop the word behind what was not read.
            assert socket.code() in ({code, 1006} if len(frame) > 10**6 else {code}), frame[:20]
    with client.socket(turn) as socket:
        for _ in range(40):
            socket.send({"type": "unknown"})
        assert socket.code() == 4008
    with client.socket(turn) as socket:
        socket.send({"type": "unknown"})
        socket.send({"anything": [1, 2, {"else": None}]})
        socket.send({"type": "stop", "turn": str(uuid4())})
        assert json.loads(socket.until("done")[-1].data)["state"] == "stopped"
    assert "Traceback" not in server.log[before:], server.log[before:]


def test_who_read_by_the_socket_is_on_record_when_the_answer_is_held(
    server: Server, provider: Provider
) -> None:
    client = server.client()
    provider.script("bad", [["text", "zebra "], ["gate"], ["text", SECRET], *END])
    turn = client.ask("s/bad")
    with client.socket(turn) as socket:
        while "zebra" not in next(iter(socket)).data:
            pass
        provider.release("bad")
        assert json.loads(socket.until("done")[-1].data)["state"] == "held"
    shown = sound.rows(server, "exposure", "route, characters", turn)
    assert [route for route, _ in shown] == ["websocket"]
    assert shown[0][1] >= len("zebra ")


def test_a_process_that_ends_says_so_and_the_reader_comes_back(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    client = server.client()
    provider.script("two", [["text", "one "], ["gate"], ["text", "two"], *END])
    turn = client.ask("s/two")
    sockets = [client.socket(turn) for _ in range(20)]
    for socket in sockets:
        socket.until("message")
    assert server.terminate() == 0
    words = [socket.until("interrupted")[-1].name for socket in sockets]
    assert words == ["interrupted"] * 20
    server.start()
    provider.release("two")
    provider.release("two")
    assert json.loads(client.socket(turn, after="1.1").until("done")[-1].data)["state"] == "saved"
    assert server.message(turn) == "one two"
