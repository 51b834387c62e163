"""Every fault between the server and the page: the text in the end is the stored text, or the page says plainly why not."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.proxy import Proxy
from tests.servers import Server

from .answers import MARKS
from .conftest import Watch
from .house import NETWORK, Steps, head_size
from .talk import answer, content, shows, until

SNAPSHOT = b'"find .content" hx-swap="innerHTML"'


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _network_may_fail(watch: Watch) -> None:
    watch.allow(*NETWORK)


@pytest.mark.parametrize("how", [{}, {"reset": True}, {"last_chunk": True}], ids=["closed", "reset", "ended"])
def test_a_stream_cut_between_events_goes_on_where_it_was(
    server: Server, proxy: Proxy, steps: Steps, begun: tuple[Page, UUID], how: dict[str, bool]
) -> None:
    page, turn = begun
    drawn = proxy.down.count(SNAPSHOT)
    for mark in [*MARKS[1:], "and the end."]:
        assert proxy.cut(**how) == 1
        steps()
        shows(page, turn, mark)
    assert proxy.seen == 4
    assert proxy.up.lower().count(b"last-event-id: ") == 3
    assert proxy.down.count(SNAPSHOT) == drawn, "what the page had was sent again"
    steps.finish(page, server, turn)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("size", [-20, 0, 12, 300])
def test_a_stream_cut_inside_an_event_gives_it_once(
    server: Server, proxy: Proxy, steps: Steps, begun: tuple[Page, UUID], size: int, reset: bool
) -> None:
    page, turn = begun
    proxy.cut_after(head_size(proxy) + size, reset=reset)
    proxy.cut()
    steps()
    shows(page, turn, MARKS[1])
    assert proxy.seen in (3, 4)
    steps.finish(page, server, turn)


@pytest.mark.parametrize("mode", ["refuse", "502"])
def test_a_server_out_of_reach_for_a_while_is_asked_again(
    server: Server, proxy: Proxy, steps: Steps, begun: tuple[Page, UUID], mode: str
) -> None:
    page, turn = begun
    drawn = proxy.down.count(SNAPSHOT)
    proxy.mode = mode
    proxy.cut()
    expect(answer(page, turn).locator(".status")).to_have_text("Reconnecting…")
    if mode == "502":
        until(page, lambda: proxy.seen >= 4, "several tries")
    steps()
    steps()
    assert MARKS[1] not in content(page, turn).inner_text()
    proxy.mode = "pass"
    shows(page, turn, MARKS[2])
    assert proxy.down.count(SNAPSHOT) == drawn, "what the page had was sent again"
    steps.finish(page, server, turn)
