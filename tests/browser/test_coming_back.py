"""Pages left and found again while an answer is written: hidden, reloaded, offline, behind the back button, restarted."""

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import BrowserType, Page, Route, expect

from tests.provider import END, Provider
from tests.proxy import Proxy
from tests.servers import Server

from .answers import MARKS, RICH, flowing, long
from .conftest import Watch
from .house import ANSWER, NETWORK, Steps, head_size
from .talk import (
    answer,
    content,
    ends,
    hide,
    is_what_a_new_page_shows,
    is_what_is_stored,
    say,
    show,
    shows,
    until,
)


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _network_may_fail(watch: Watch) -> None:
    watch.allow(*NETWORK)


def test_a_hidden_tab_frees_its_socket_and_hides_the_text_until_it_hears_again(
    server: Server, proxy: Proxy, steps: Steps, begun: tuple[Page, UUID]
) -> None:
    page, turn = begun
    hide(page)
    expect(content(page, turn)).to_have_css("visibility", "hidden")
    steps()
    until(page, lambda: server.client().get("/healthz").status_code == 200)
    assert proxy.seen == 1
    show(page)
    shows(page, turn, MARKS[1])
    expect(content(page, turn)).to_have_css("visibility", "visible")
    assert proxy.seen == 2
    steps.finish(page, server, turn)


def test_an_answer_that_ends_while_its_tab_is_hidden_is_marked_in_the_title(
    server: Server, proxy: Proxy, steps: Steps, begun: tuple[Page, UUID]
) -> None:
    page, turn = begun
    hide(page)
    for _ in range(5):
        steps()
    ends(page, turn)
    expect(page).to_have_title("● Go on. · Sluice")
    show(page)
    expect(page).to_have_title("Go on. · Sluice")
    is_what_is_stored(page, server, turn, RICH)


def test_going_away_and_back_shows_the_answer_once(
    server: Server, steps: Steps, begun: tuple[Page, UUID]
) -> None:
    page, turn = begun
    page.goto("/account/")
    steps()
    page.go_back()
    shows(page, turn, MARKS[1])
    # The address of the new chat, whose first message made the conversation.
    page.go_back()
    expect(page.locator("#turns .answer")).to_have_count(0)
    steps()
    page.go_forward()
    shows(page, turn, MARKS[2])
    assert page.locator("#turns .answer").count() == 1
    steps.finish(page, server, turn)


def test_a_page_kept_in_the_browsers_memory_asks_again(
    server: Server, proxy: Proxy, steps: Steps, browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any], watch: Watch,
) -> None:  # fmt: skip
    """`no-store` keeps our pages out of that memory; without the header, which a proxy may drop, they get into it."""

    def storable(route: Route) -> None:
        response = route.fetch()
        headers = {name: value for name, value in response.headers.items() if name != "cache-control"}
        route.fulfill(response=response, headers=headers)

    browser = browser_type.launch(
        **browser_type_launch_args, ignore_default_args=["--disable-back-forward-cache"]
    )
    context = browser.new_context(base_url=proxy.url)
    context.add_cookies([{"name": "sessionid", "value": server.sessions["ann"], "url": proxy.url}])
    page = context.new_page()
    watch.over(page, {urlsplit(proxy.url).netloc})
    page.goto("/")
    turn = say(page)
    shows(page, turn, MARKS[0])
    page.route("**/c/**", storable)
    page.reload()
    shows(page, turn, MARKS[0])
    # Noted when true alone: the page that comes back reloads itself, and leaves once more.
    page.evaluate(
        "addEventListener('pageshow', (event) => { if (event.persisted) sessionStorage.kept = 1; })"
    )
    page.goto("/account/")
    steps()
    page.go_back()
    shows(page, turn, MARKS[1])
    assert page.evaluate("sessionStorage.kept") == "1", (
        "the page did not come out of memory; this shows nothing"
    )
    steps.finish(page, server, turn)
    browser.close()


def test_offline_and_online_again(
    server: Server, proxy: Proxy, steps: Steps, begun: tuple[Page, UUID]
) -> None:
    page, turn = begun
    page.context.set_offline(True)
    proxy.cut()
    expect(answer(page, turn).locator(".status")).to_have_text("Reconnecting…")
    steps()
    page.context.set_offline(False)
    shows(page, turn, MARKS[1])
    steps.finish(page, server, turn)


def test_reloads_in_the_middle(server: Server, steps: Steps, begun: tuple[Page, UUID]) -> None:
    page, turn = begun
    for mark in MARKS[1:]:
        page.reload()
        steps()
        shows(page, turn, mark)
        page.reload()
        shows(page, turn, mark)
    steps.finish(page, server, turn)


def test_forty_cuts_at_random_change_nothing(
    server: Server, provider: Provider, proxy: Proxy, open_page: Callable[..., Page]
) -> None:
    chance = random.Random(20)
    text = long(18) + "\nIt is over."
    provider.script(ANSWER, [*flowing(text, wait=0.01), ["gate"], *END])
    page = open_page(server, via=proxy)
    turn = say(page)
    shows(page, turn, MARKS[0])
    head = head_size(proxy)
    for _ in range(20):
        # One cut inside the head, or inside the first message or the one after it; one wherever the stream is by then.
        proxy.cut_after(head + chance.randrange(-50, 700), reset=chance.random() < 0.5)
        asked = proxy.seen
        proxy.cut(reset=chance.random() < 0.5)
        # A page that opens a stream and is cut before its first word, time after time, asks less and less often.
        until(page, lambda asked=asked: proxy.seen >= asked + 2, "two connections", within=90)
        page.wait_for_timeout(chance.randrange(150))
    is_what_a_new_page_shows(page, turn, "It is over.")
    provider.release(ANSWER)
    ends(page, turn)
    is_what_is_stored(page, server, turn, text)
