"""One person in several tabs."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.provider import Provider
from tests.proxy import Proxy
from tests.servers import Server

from .answers import MARKS
from .conftest import Watch
from .house import ANSWER, NETWORK, Steps
from .talk import answer, ends, is_what_is_stored, seen, shows


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


def beside(page: Page) -> Page:
    other = page.context.new_page()
    other.goto(page.url)
    return other


def test_an_answer_is_followed_in_two_tabs_while_one_of_them_is_cut(
    server: Server, proxy: Proxy, steps: Steps, begun: tuple[Page, UUID], watch: Watch
) -> None:
    watch.allow(*NETWORK)
    page, turn = begun
    other = beside(page)
    shows(other, turn, MARKS[0])
    for mark in MARKS[1:]:
        proxy.cut()
        steps()
        for tab in (page, other):
            shows(tab, turn, mark)
    steps.finish(page, server, turn)
    ends(other, turn)
    assert seen(page, turn) == seen(other, turn)


@pytest.mark.parametrize("where", ["another tab", "the page after a reload"])
def test_stop_works_from_any_tab_and_shows_in_all(
    server: Server, provider: Provider, begun: tuple[Page, UUID], where: str
) -> None:
    page, turn = begun
    other = beside(page)
    shows(other, turn, MARKS[0])
    if where == "another tab":
        other.get_by_role("button", name="Stop").click()
    else:
        page.reload()
        page.get_by_role("button", name="Stop").click()
    for tab in (page, other):
        ends(tab, turn, "stopped")
        expect(answer(tab, turn).get_by_role("button", name="Continue")).to_be_visible()
        expect(tab.get_by_role("button", name="Stop")).to_be_hidden()
    assert provider.wait_for_end(provider.requests(ANSWER)[0]["n"])["ended_by"] == "client"
    assert seen(page, turn) == seen(other, turn)
    is_what_is_stored(page, server, turn)


def test_a_new_title_reaches_the_other_tabs_of_the_conversation(
    server: Server, steps: Steps, begun: tuple[Page, UUID]
) -> None:
    page, turn = begun
    other = beside(page)
    for _ in range(5):
        steps()
    for tab in (page, other):
        ends(tab, turn)
        expect(tab).to_have_title("Go on. · Sluice")
