"""An answer that moderation stops leaves every open page, and what could not be checked comes back by itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.provider import END, FORBIDDEN, SECRET, Provider
from tests.server.judging import GUARD, judged
from tests.servers import Server

from .house import ANSWER, CHECK, asking
from .talk import answer, content, ends, is_what_is_stored, say, shows, until


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture
def slowly(provider: Provider) -> Callable[..., None]:
    """An answer that waits for one release after its text."""
    provider.clear()

    def script(text: str) -> None:
        provider.script(ANSWER, [["text", text], ["gate"], *END])

    return script


def taken_back(page: Page, server: Server, turn: UUID, words: str) -> str:
    """Nothing of the words is left anywhere in the page; the reference the page gives."""
    ends(page, turn, "held")
    expect(content(page, turn)).to_have_count(0)
    assert words not in page.content()
    assert server.message(turn) is None
    reference = answer(page, turn).locator(".outcome code").inner_text()
    assert len(reference) >= 6
    page.reload()
    ends(page, turn, "held")
    assert words not in page.content()
    expect(answer(page, turn).locator(".outcome code")).to_have_text(reference)
    return reference


def test_a_flagged_answer_is_taken_back_in_every_open_tab(
    server: Server, provider: Provider, slowly: Callable[..., None], open_page: Callable[..., Page]
) -> None:
    slowly(f"Soon this says {FORBIDDEN} and it is seen.")
    page = open_page(server)
    turn = say(page)
    other = page.context.new_page()
    other.goto(page.url)
    for tab in (page, other):
        shows(tab, turn, FORBIDDEN)
    provider.release(ANSWER)
    references = {taken_back(tab, server, turn, "it is seen") for tab in (page, other)}
    assert len(references) == 1
    expect(answer(page, turn).locator(".outcome")).to_contain_text("This answer was held by moderation.")
    # The conversation goes on without it: neither the model nor the title takes anything from it.
    provider.script(ANSWER, [["text", "Something else."], *END])
    following = say(page, "And now?")
    ends(page, following)
    sent = provider.requests(ANSWER)[-1]["body"]["messages"]
    assert [m["content"] for m in sent] == ["Go on.", "And now?"]
    expect(page.locator("#title")).to_have_text("And now?")


def test_a_secret_in_an_answer_is_flagged_by_a_rule(
    server: Server, provider: Provider, slowly: Callable[..., None], open_page: Callable[..., Page]
) -> None:
    slowly(f"Use the key {SECRET} for it.")
    page = open_page(server)
    turn = say(page)
    provider.release(ANSWER)
    taken_back(page, server, turn, SECRET)


def test_a_stopped_answer_is_judged_too(
    server: Server, provider: Provider, slowly: Callable[..., None], open_page: Callable[..., Page]
) -> None:
    slowly(f"Stopped before the end of {FORBIDDEN} words.")
    page = open_page(server)
    turn = say(page)
    shows(page, turn, FORBIDDEN)
    page.get_by_role("button", name="Stop").click()
    taken_back(page, server, turn, FORBIDDEN)
    provider.release(ANSWER)


def test_an_answer_is_shown_as_being_checked_until_its_verdict(
    server: Server, provider: Provider, slowly: Callable[..., None], open_page: Callable[..., Page]
) -> None:
    slowly("Nothing wrong here.")
    provider.moderate(CHECK, "gate")
    page = open_page(server)
    turn = say(page)
    shows(page, turn, "Nothing wrong here.")
    provider.release(ANSWER)
    expect(answer(page, turn)).to_have_attribute("data-state", "moderating")
    expect(answer(page, turn).locator(".status")).to_have_text("Checking…")
    page.reload()
    expect(answer(page, turn).locator(".status")).to_have_text("Checking…")
    shows(page, turn, "Nothing wrong here.")
    provider.release(CHECK)
    ends(page, turn)
    is_what_is_stored(page, server, turn, "Nothing wrong here.")


def test_an_answer_that_could_not_be_checked_says_so_and_appears_once_it_passes(
    server: Server, provider: Provider, slowly: Callable[..., None], open_page: Callable[..., Page]
) -> None:
    slowly("Late, but sound.")
    provider.moderate(CHECK, "status-500")
    page = open_page(server, "", "/login/")
    session = {"name": "sessionid", "value": server.sessions["ann"], "url": server.url, "httpOnly": True}
    page.context.add_cookies([session])  # type: ignore[list-item]
    page.clock.install()
    page.goto("/")
    turn = say(page)
    provider.release(ANSWER)
    taken_back(page, server, turn, "Late, but sound.")
    outcome = answer(page, turn).locator(".outcome")
    expect(outcome).to_contain_text("This answer could not be checked yet.")
    expect(outcome).not_to_contain_text("held by moderation")

    provider.moderate(CHECK, "pass")
    until(page, lambda: server.turn(turn)["status"] == "saved", "checked again", within=60)
    # The page asks every ten seconds.
    page.clock.fast_forward(11_000)
    ends(page, turn)
    is_what_is_stored(page, server, turn, "Late, but sound.")
    expect(page.locator("#title")).to_have_text("Go on.")


def test_stop_stops_what_was_begun_after_the_page_was_drawn(
    serve: Callable[..., Server], provider: Provider, open_page: Callable[..., Page]
) -> None:
    """A question is held and let through: then its answer runs on a page whose Stop was made for nobody, or for another."""
    provider.clear()

    def house(**env: Any) -> Server:
        return serve(**asking(provider), **env)

    server = judged(house, provider, "llama-guard-3", of="QUESTIONS", RECHECK_FIRST="1").start()
    provider.judge(GUARD, "llama-guard-3", "status-500")
    page = open_page(server)
    turn = say(page)
    ends(page, turn, "held")
    page.reload()
    other = page.context.new_page()
    other.goto(page.url)
    provider.script(ANSWER, [["text", "It begins "], ["gate"], *END])
    provider.judge(GUARD, "llama-guard-3", "pass")
    shows(page, turn, "It begins")
    page.get_by_role("button", name="Stop").click()
    for tab in (page, other):
        ends(tab, turn, "stopped")
