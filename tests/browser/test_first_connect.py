"""The first connection of an answer's stream: htmx never retries it, and would show what came instead."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.proxy import Proxy
from tests.servers import Server

from .answers import MARKS, RICH
from .conftest import DOORS, Watch
from .house import NETWORK, Steps
from .talk import answer, content, ends, is_what_is_stored, say, shows, until

FAULTS = ["refuse", "502", "nothing", "reset", "half a head", "after the head"]


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _network_may_fail(watch: Watch) -> None:
    watch.allow(*NETWORK)


def break_first_connect(page: Page, proxy: Proxy, fault: str) -> None:
    if fault == "502":
        proxy.mode = "502"
    elif fault == "refuse":

        def nobody_listens(route: Route) -> None:
            # The browser keeps connections; only with all of them gone does it meet the closed door.
            proxy.mode, proxy.only = "refuse", ()
            proxy.cut()
            proxy.only = DOORS
            route.continue_()

        page.route("**/events", nobody_listens, times=1)
    else:
        size = {"nothing": 0, "reset": 0, "half a head": 60, "after the head": 420}[fault]
        # Chromium itself tries a reused connection that gives nothing once more.
        proxy.cut_after(size, reset=fault == "reset", times=2)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_first_connect_that_fails_is_tried_again(
    server: Server,
    proxy: Proxy,
    steps: Steps,
    open_page: Callable[..., Page],
    fault: str,
) -> None:
    page = open_page(server, via=proxy)
    break_first_connect(page, proxy, fault)
    turn = say(page)
    if fault in ("502", "refuse"):
        expect(answer(page, turn).locator(".status")).to_have_text("Reconnecting…")
        assert content(page, turn).inner_text() == "", "the gateway's page was put into the answer"
        steps()
        proxy.mode = "pass"
    else:
        until(page, lambda: proxy.seen >= 3, "two cut connections and a whole one")
        steps()
    shows(page, turn, MARKS[1])
    steps.finish(page, server, turn)


@pytest.mark.parametrize("fault", ["502", "nothing"])
def test_an_answer_that_ends_before_its_first_connect_is_shown_whole(
    server: Server, proxy: Proxy, steps: Steps, open_page: Callable[..., Page], fault: str
) -> None:
    page = open_page(server, via=proxy)
    break_first_connect(page, proxy, fault)
    turn = say(page)
    for _ in range(5):
        steps()
    until(page, lambda: server.turn(turn)["status"] == "saved", "saved")
    proxy.mode = "pass"
    ends(page, turn)
    is_what_is_stored(page, server, turn, RICH)
