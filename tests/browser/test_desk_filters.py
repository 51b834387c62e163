"""The filters of the queue can be reached in every browser and at every width."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.servers import Server

OpenPage = Callable[..., Page]
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


def _as_an_older_browser_reads_it(route: Route) -> None:
    reply = route.fetch()
    route.fulfill(response=reply, body=reply.text().replace("::details-content", "::unheard-of"))


@pytest.mark.parametrize(
    ("size", "older", "unfolds"),
    [(WIDE, False, False), (WIDE, True, True), (NARROW, False, True), (NARROW, True, True)],
)
def test_filters_are_there_or_one_click_away(
    server: Server, open_page: OpenPage, size: dict[str, int], older: bool, unfolds: bool
) -> None:
    desk = open_page(server, "rita", "/account/", viewport=size)
    if older:
        desk.route("**/css/review*.css", _as_an_older_browser_reads_it)
    desk.goto("/review/")
    order, summary = desk.get_by_label("Order"), desk.locator("summary", has_text="Filters")
    if unfolds:
        expect(order).not_to_be_visible()
        summary.click()
    else:
        expect(summary).not_to_be_visible()
    expect(order).to_be_visible()
