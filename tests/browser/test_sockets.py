"""An answer's other door: the page takes the WebSocket by itself where event streams do not come through."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.provider import END, Provider
from tests.proxy import Proxy
from tests.servers import Server

from .answers import MARKS, RICH, flowing, long
from .conftest import Watch
from .house import ANSWER, NETWORK, Steps
from .talk import WAIT, answer, ends, is_what_a_new_page_shows, is_what_is_stored, say, shows, until

SNAPSHOT = b'"find .content\\" hx-swap=\\"innerHTML\\"'
STREAMS = ["hold", "hold body", "refuse"]  # what the proxy does to them; see tests.proxy


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _network_may_fail(watch: Watch) -> None:
    # The page gives a stream up for the socket, also in the middle of its request.
    watch.allow(*NETWORK, "AbortError")


@pytest.fixture
def sockets(server: Server) -> Iterator[Proxy]:
    """A proxy whose cuts concern sockets, and which does to event streams what a test says."""
    with Proxy(server.address, only=("/ws/turns/",)) as between:
        yield between


def words(page: Page, turn: UUID) -> Callable[[], set[str]]:
    """Notes every word that the answer's status line says from now on."""
    page.evaluate(
        """id => {
            const line = document.querySelector(`#answer-${id} .status-text`);
            window.said = [line.textContent];
            new MutationObserver(() => window.said.push(line.textContent))
                .observe(line, { childList: true, characterData: true, subtree: true });
        }""",
        str(turn),
    )
    return lambda: set(page.evaluate("window.said"))


@pytest.mark.parametrize("streams", STREAMS)
def test_where_event_streams_are_blocked_the_answer_comes_through_the_socket_and_nothing_is_said(
    server: Server, sockets: Proxy, steps: Steps, open_page: Callable[..., Page], streams: str
) -> None:
    sockets.streams = streams
    page = open_page(server, via=sockets)
    turn = say(page)
    said = words(page, turn)
    shows(page, turn, MARKS[0])
    steps()
    shows(page, turn, MARKS[1])
    assert sockets.seen == 1
    assert b"event-stream" not in sockets.down.lower() or streams == "hold body"
    assert said() <= {"Thinking…", "Writing…"}
    steps.finish(page, server, turn)


def test_an_event_stream_that_is_always_cut_before_its_first_word_gives_way_to_the_socket(
    server: Server, sockets: Proxy, steps: Steps, open_page: Callable[..., Page]
) -> None:
    sockets.only = ("/events",)
    sockets.cut_after(350, times=50)  # inside the head
    page = open_page(server, via=sockets)
    turn = say(page)
    shows(page, turn, MARKS[0])
    assert sockets.up.count(b"GET /ws/turns/") == 1
    steps.finish(page, server, turn)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_socket_cut_in_the_middle_goes_on_where_it_was(
    server: Server, sockets: Proxy, steps: Steps, open_page: Callable[..., Page], reset: bool
) -> None:
    sockets.streams = "refuse"
    page = open_page(server, via=sockets)
    turn = say(page)
    shows(page, turn, MARKS[0])
    drawn = sockets.down.count(SNAPSHOT)
    for mark in [*MARKS[1:], "and the end."]:
        seen = sockets.seen
        assert sockets.cut(reset=reset) == 1
        steps()
        shows(page, turn, mark)
        assert sockets.seen == seen + 1
    resumed = [part.partition(b" ")[0] for part in bytes(sockets.up).split(b"?after=")[1:]]
    assert resumed[0] == b""
    assert len(set(resumed)) == 4, "each came back with the cursor it had"
    assert sockets.down.count(SNAPSHOT) == drawn, "what the page had was sent again"
    steps.finish(page, server, turn)


def test_twelve_cuts_anywhere_change_nothing(
    server: Server, provider: Provider, sockets: Proxy, open_page: Callable[..., Page]
) -> None:
    sockets.streams = "refuse"
    text = long(18) + "\nIt is over."
    provider.script(ANSWER, [*flowing(text, wait=0.01), ["gate"], *END])
    page = open_page(server, via=sockets)
    turn = say(page)
    shows(page, turn, MARKS[0])
    for size in range(12):
        # Inside the handshake, inside the first frame, or wherever it is by then.
        sockets.cut_after(60 + 70 * size, reset=size % 2 == 0)
        seen = sockets.seen
        sockets.cut(reset=size % 3 == 0)
        until(page, lambda seen=seen: sockets.seen > seen, "it came back")
    is_what_a_new_page_shows(page, turn, "It is over.")
    provider.release(ANSWER)
    ends(page, turn)
    is_what_is_stored(page, server, turn, text)


def test_the_choice_stays_with_the_tab_and_the_event_stream_is_tried_again_after_a_while(
    server: Server, sockets: Proxy, steps: Steps, open_page: Callable[..., Page]
) -> None:
    sockets.streams = "refuse"
    page = open_page(server, via=sockets)
    shows(page, say(page), MARKS[0])
    page.reload()
    shows(page, UUID(page.locator("#turns .answer").last.get_attribute("data-turn")), MARKS[0])
    assert sockets.up.count(b"/events HTTP/1.1") == 1, "it was tried once"
    page.evaluate("sessionStorage.setItem('socket', sessionStorage.getItem('socket') - 31 * 60_000)")
    sockets.streams = "pass"
    page.reload()
    shows(page, UUID(page.locator("#turns .answer").last.get_attribute("data-turn")), MARKS[0])
    assert sockets.up.count(b"/events HTTP/1.1") == 2
    assert page.evaluate("sessionStorage.getItem('socket')") is None


def test_a_socket_that_is_refused_later_gives_way_to_the_event_stream(
    server: Server, sockets: Proxy, steps: Steps, open_page: Callable[..., Page]
) -> None:
    sockets.streams = "hold"
    page = open_page(server, via=sockets)
    turn = say(page)
    shows(page, turn, MARKS[0])
    sockets.streams, sockets.sockets = "pass", False
    sockets.cut()
    steps()
    shows(page, turn, MARKS[1])
    steps.finish(page, server, turn)


@pytest.mark.parametrize("streams", ["hold", "refuse"])
def test_with_both_doors_shut_the_answer_is_there_when_it_has_ended(
    server: Server, sockets: Proxy, steps: Steps, open_page: Callable[..., Page], streams: str
) -> None:
    sockets.streams, sockets.sockets = streams, False
    page = open_page(server, via=sockets)
    turn = say(page)
    until(page, lambda: sockets.up.count(f"GET /turns/{turn}/answer/".encode()) >= 2, "the answer was asked")
    expect(answer(page, turn).locator(".status")).not_to_contain_text("lost")
    for _ in range(5):
        steps()
    ends(page, turn, within=WAIT)
    is_what_is_stored(page, server, turn, RICH)


def test_stop_works_where_the_answer_comes_through_the_socket(
    server: Server, sockets: Proxy, steps: Steps, open_page: Callable[..., Page]
) -> None:
    sockets.streams = "refuse"
    page = open_page(server, via=sockets)
    turn = say(page)
    shows(page, turn, MARKS[0])
    page.get_by_role("button", name="Stop").click()
    ends(page, turn, "stopped")
    stored = server.message(turn)
    assert stored
    assert RICH.startswith(stored.rstrip("\n"))
    is_what_is_stored(page, server, turn)
