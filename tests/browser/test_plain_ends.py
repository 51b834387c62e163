"""Where a stream cannot go on, the page says so plainly, shows nothing it should not, and asks no more."""

from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.proxy import Proxy
from tests.servers import Server

from .answers import MARKS, RICH
from .conftest import Watch
from .house import NETWORK, Steps, sign_in
from .talk import WAIT, answer, content, conversation_of, ends, is_what_is_stored, say, shows, until

USELESS = {
    "204": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "redirect to sign-in": b"HTTP/1.1 302 Found\r\nLocation: /login/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "an end without done": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "pings and an end": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nevent: ping\ndata: {}\n\n",
}


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _network_may_fail(watch: Watch) -> None:
    watch.allow(*NETWORK)


@pytest.fixture
def bens(server: Server, proxy: Proxy, steps: Steps, open_page: Callable[..., Page]) -> tuple[Page, UUID]:
    """ben's page with the first part of an answer, in a session of its own."""
    page = open_page(server, "", "/login/", via=proxy)
    sign_in(server, page.context, "ben", proxy.url)
    page.clock.install()
    page.goto("/")
    turn = say(page)
    shows(page, turn, MARKS[0])
    return page, turn


def asks_no_more(page: Page, proxy: Proxy) -> None:
    """Two minutes pass for the page; not one further request for events comes."""
    asked = proxy.seen
    for _ in range(12):
        page.clock.fast_forward(10_000)
        page.wait_for_timeout(20)
    assert proxy.seen == asked


def out_of_the_way(proxy: Proxy) -> None:
    """No event of the running stream arrives any more, and no reconnect."""
    proxy.canned = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    proxy.mode = "canned"
    proxy.cut()


@pytest.mark.parametrize("told", ["by an event", "at the reconnect"])
def test_signing_out_in_another_tab_ends_the_stream_here(
    proxy: Proxy, steps: Steps, bens: tuple[Page, UUID], told: str
) -> None:
    page, turn = bens
    if told == "at the reconnect":
        out_of_the_way(proxy)
    other = page.context.new_page()
    other.goto("/account/")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login/")
    proxy.mode = "pass"
    expect(answer(page, turn).locator(".status")).to_contain_text("You are signed out.")
    steps()
    assert content(page, turn).inner_text() == ""
    asks_no_more(page, proxy)
    link = answer(page, turn).get_by_role("link", name="Sign in")
    assert urlsplit(link.get_attribute("href") or "").query == f"next=%2Fc%2F{conversation_of(page)}%2F"


def test_a_deactivated_person_is_signed_out_and_the_turn_is_stopped(
    server: Server, proxy: Proxy, bens: tuple[Page, UUID]
) -> None:
    page, turn = bens
    alma = server.client("alma")
    (ben,) = server.rows("SELECT id FROM chat_user WHERE username = %s", "ben")[0]
    alma.post(f"/people/{ben}/deactivate/")
    try:
        expect(answer(page, turn).locator(".status")).to_contain_text("You are signed out.")
        assert content(page, turn).inner_text() == ""
        until(page, lambda: server.turn(turn)["status"] == "stopped", "stopped")
        asks_no_more(page, proxy)
    finally:
        alma.post(f"/people/{ben}/activate/")


@pytest.mark.parametrize("told", ["by an event", "at the reconnect"])
def test_a_conversation_deleted_in_another_tab_is_gone_here(
    server: Server, proxy: Proxy, bens: tuple[Page, UUID], told: str
) -> None:
    page, turn = bens
    # What is live would say so first, in words of its own (test_live).
    page.context.route_web_socket("**/ws/live/", lambda socket: socket.close())
    page.reload()
    shows(page, turn, MARKS[0])
    if told == "at the reconnect":
        out_of_the_way(proxy)
    other = page.context.new_page()
    other.goto(page.url)
    item = other.locator(f"#conversation-{conversation_of(page)}")
    item.locator("summary").click()
    item.get_by_role("button", name="Delete").click()
    other.get_by_text("was deleted").wait_for()
    proxy.mode = "pass"
    expect(answer(page, turn).locator(".status")).to_have_text(
        "This answer is no longer available.", timeout=WAIT
    )
    assert content(page, turn).inner_text() == ""
    until(page, lambda: server.turn(turn)["status"] == "stopped", "stopped")
    asks_no_more(page, proxy)


def test_silence_is_noticed_and_the_stream_begun_again(
    server: Server, proxy: Proxy, steps: Steps, bens: tuple[Page, UUID]
) -> None:
    page, turn = bens
    proxy.mode = "silence"
    steps()
    page.clock.fast_forward(30_000)
    page.wait_for_timeout(100)
    assert proxy.seen == 1, "a silence shorter than two pings is no fault"
    page.clock.fast_forward(15_000)
    expect(answer(page, turn).locator(".status")).to_have_text("Reconnecting…")
    # The new connection meets silence too, until the time for connecting is over.
    until(page, lambda: proxy.seen >= 2, "a second connection")
    proxy.mode = "pass"
    page.clock.fast_forward(16_000)
    shows(page, turn, MARKS[1])
    steps.finish(page, server, turn)


@pytest.mark.parametrize("reply", USELESS)
def test_a_useless_reply_is_not_asked_for_again_and_again(
    server: Server, proxy: Proxy, steps: Steps, bens: tuple[Page, UUID], reply: str
) -> None:
    """Less and less often, by both doors; meanwhile the answer's own page says that it is still being written."""
    page, turn = bens
    proxy.canned, proxy.mode = USELESS[reply], "canned"
    proxy.cut()
    pass_time(page, 30)
    assert 2 <= proxy.seen <= 30
    steps()
    pass_time(page, 240)
    assert proxy.seen <= 130
    assert "lost" not in answer(page, turn).locator(".status").inner_text()
    proxy.mode = "pass"
    pass_time(page, 20)
    shows(page, turn, MARKS[1])
    steps.finish(page, server, turn)


def test_an_answer_that_ends_behind_a_useless_reply_is_shown(
    server: Server, proxy: Proxy, steps: Steps, bens: tuple[Page, UUID]
) -> None:
    page, turn = bens
    proxy.canned, proxy.mode = USELESS["204"], "canned"
    proxy.cut()
    for _ in range(5):
        steps()
    until(page, lambda: server.turn(turn)["status"] == "saved", "saved")
    pass_time(page, 10)
    ends(page, turn)
    is_what_is_stored(page, server, turn, RICH)


def pass_time(page: Page, seconds: int) -> None:
    """Let the page's clock run that long, with a moment for the network after each second: on a busy machine a longer one,
    lest the clock outrun what htmx waits for.
    """
    for _ in range(seconds):
        page.clock.run_for(1000)
        for _ in range(40):
            page.wait_for_timeout(15)
            if page.evaluate("document.querySelector('.htmx-request') === null"):
                break
