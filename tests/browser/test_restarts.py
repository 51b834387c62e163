"""The server goes away under an open page, and comes back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.provider import Provider
from tests.servers import Server

from .answers import MARKS, RICH
from .conftest import Watch
from .house import ANSWER, NETWORK, Steps, asking
from .talk import answer, ends, is_what_is_stored, say, shows


@pytest.fixture(autouse=True)
def _network_may_fail(watch: Watch) -> None:
    watch.allow(*NETWORK)


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_an_answer_begun_again_after_a_restart_is_shown_once(
    serve: Callable[..., Server], provider: Provider, steps: Steps, open_page: Callable[..., Page], end: str
) -> None:  # fmt: skip
    server = serve(**asking(provider))
    page = open_page(server)
    turn = say(page)
    shows(page, turn, MARKS[0])
    steps()
    shows(page, turn, MARKS[1])
    getattr(server, end)()
    expect(answer(page, turn).locator(".status")).to_have_text("Reconnecting…")
    server.start()
    provider.wait_for_request(ANSWER, 2, within=30)
    provider.release(ANSWER, 99)
    ends(page, turn)
    is_what_is_stored(page, server, turn, RICH)


def test_an_answer_interrupted_twice_ends_with_a_sentence_and_retry(
    serve: Callable[..., Server],
    provider: Provider,
    steps: Steps,
    open_page: Callable[..., Page],
) -> None:
    server = serve(**asking(provider))
    page = open_page(server)
    turn = say(page)
    shows(page, turn, MARKS[0])
    server.kill()
    server.start()
    provider.wait_for_request(ANSWER, 2, within=30)
    server.kill()
    server.start()
    ends(page, turn, "failed")
    expect(answer(page, turn).locator(".outcome")).to_be_visible()
    answer(page, turn).get_by_role("button", name="Retry").click()
    provider.wait_for_request(ANSWER, 3, within=30)
    provider.release(ANSWER, 99)
    again = page.locator("#turns .answer").last
    expect(again).to_have_attribute("data-state", "saved")
    assert again.get_attribute("data-turn") != str(turn)
