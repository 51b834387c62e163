"""Without JavaScript: the same program by links and forms, and no text before its verdict."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.prepared import PASSWORD
from tests.provider import END, Provider, say, status
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER
from .talk import WAIT, answer, content

SENTENCE = "An answer is being written and checked."


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture
def plain(server: Server, provider: Provider, watch: Watch, open_page: Callable[..., Page]) -> Page:
    """ann's page in a browser with scripts switched off, which says so for each of them."""
    watch.allow("the frame is sandboxed", "Blocked script execution")
    provider.clear()
    page = open_page(server, java_script_enabled=False)
    page.set_default_timeout(WAIT)
    return page


def ask(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def last(page: Page, state: str = "saved") -> UUID:
    article = page.locator("#turns .answer").last
    expect(article).to_have_attribute("data-state", state)
    return UUID(article.get_attribute("data-turn"))


def test_from_signing_in_to_an_answer(server: Server, provider: Provider, plain: Page) -> None:
    provider.script(ANSWER, say("Plain, but **whole**."))
    plain.context.clear_cookies()
    plain.goto("/")
    plain.get_by_label("Username").fill("ben")
    plain.get_by_label("Password").fill(PASSWORD)
    plain.get_by_role("button", name="Sign in").click()
    ask(plain, "First?\nIn two lines.")
    turn = last(plain)
    expect(content(plain, turn)).to_have_text("Plain, but whole.")
    assert server.message(turn) == "Plain, but **whole**."
    assert server.message(turn, "user") == "First?\nIn two lines."
    expect(plain).to_have_title("First? · Sluice")
    ask(plain, "Second?")
    expect(plain.locator("#turns .answer")).to_have_count(2)
    assert len(provider.wait_for_request(ANSWER, 2)["body"]["messages"]) == 3


def test_a_slow_answer_has_a_page_that_waits_shows_none_of_it_and_renews_itself(
    server: Server, provider: Provider, plain: Page
) -> None:
    provider.script(ANSWER, [["text", "Not yet judged, "], ["gate"], ["text", "now it is."], *END])
    pages: list[str] = []
    plain.on("response", lambda response: pages.append(response.url))
    ask(plain, "Slowly?")
    turn = last(plain, "streaming")
    # Playwright's search by text passes over noscript.
    expect(plain.locator("#turns noscript p")).to_be_visible()
    expect(plain.locator("#turns noscript p")).to_contain_text(SENTENCE)
    assert plain.locator("head noscript").count() == 1
    shown = len(pages)
    assert "Not yet judged" not in server.client("ann").get(urlsplit(plain.url).path).text
    # The page comes again by itself, and for as long as nothing is judged it holds nothing.
    deadline = time.monotonic() + 90
    while len(pages) < shown + 2:
        assert time.monotonic() < deadline
        expect(plain.locator("body")).not_to_contain_text("Not yet judged")
        plain.wait_for_timeout(200)
    provider.release(ANSWER)
    expect(answer(plain, turn)).to_have_attribute("data-state", "saved")
    expect(content(plain, turn)).to_have_text("Not yet judged, now it is.")
    expect(plain.locator("noscript")).to_have_count(0)


def test_stop_is_a_form(server: Server, provider: Provider, plain: Page) -> None:
    provider.script(
        ANSWER, [["text", "A part of it"], ["gate"], *END], say(", and the rest."), say("All at once.")
    )
    ask(plain, "Stop this?")
    turn = last(plain, "streaming")
    plain.get_by_role("button", name="Stop", exact=True).click()
    expect(answer(plain, turn)).to_have_attribute("data-state", "stopped")
    expect(content(plain, turn)).to_have_text("A part of it")
    answer(plain, turn).get_by_role("button", name="Continue").click()
    expect(plain.locator("#turns .answer")).to_have_count(2)
    assert last(plain) != turn
    answer(plain, turn).get_by_role("button", name="Retry").click()
    expect(plain.locator("#turns .answer")).to_have_count(1)
    expect(content(plain, last(plain))).to_have_text("All at once.")


def test_versions_are_made_and_chosen(server: Server, provider: Provider, plain: Page) -> None:
    provider.script(ANSWER, say("Of cats."), say("Of dogs."), status(400, "no more"), say("Of dogs again."))
    ask(plain, "Cats?")
    first = last(plain)
    plain.locator(f"#question-{first} summary").click()
    box = plain.locator(f"#question-{first}").get_by_role("textbox", name="Question")
    box.fill("Dogs?")
    plain.locator(f"#question-{first}").get_by_role("button", name="Send").click()
    expect(plain.locator("#turns .question .content")).to_have_text("Dogs?")
    second = last(plain)
    expect(answer(plain, second).locator(".position")).to_have_text("2/2")
    answer(plain, second).get_by_role("button", name="Previous version").click()
    expect(content(plain, first)).to_have_text("Of cats.")
    answer(plain, first).get_by_role("button", name="Next version").click()
    answer(plain, second).get_by_role("button", name="Write another answer").click()
    expect(answer(plain, second)).to_have_count(0)
    failed = last(plain, "failed")
    expect(answer(plain, failed)).to_contain_text("There is no answer.")
    answer(plain, failed).get_by_role("button", name="Retry").click()
    expect(answer(plain, failed)).to_have_count(0)
    expect(content(plain, last(plain))).to_have_text("Of dogs again.")
    expect(plain.locator("#turns .position")).to_have_text("4/4")


def test_a_conversation_is_renamed_deleted_and_brought_back(
    server: Server, provider: Provider, plain: Page
) -> None:
    provider.script(ANSWER, say("Yes."))
    ask(plain, "Rename me?")
    turn = last(plain)
    item = plain.locator("#conversations li.conversation").first
    item.locator("summary").click()
    item.get_by_label("Title").fill("Another name")
    item.get_by_role("button", name="Rename").click()
    expect(plain).to_have_title("Another name · Sluice")
    item = plain.locator("#conversations li.conversation").first
    item.locator("summary").click()
    item.get_by_role("button", name="Delete").click()
    expect(plain.locator(".flash-undo")).to_contain_text("Another name")
    plain.get_by_role("button", name="Undo").click()
    expect(content(plain, turn)).to_have_text("Yes.")
    expect(plain).to_have_title("Another name · Sluice")


def test_a_refused_message_comes_back_with_its_sentence(server: Server, plain: Page, watch: Watch) -> None:
    watch.allow("422")
    too_long = "long " * 7000
    ask(plain, too_long)
    expect(plain.locator("#composer-error")).to_contain_text("the most that can be sent at once is 32,000")
    expect(plain.get_by_label("Message", exact=True)).to_have_value(too_long)


def test_a_held_answer_is_not_in_the_page(server: Server, provider: Provider, plain: Page) -> None:
    provider.script(ANSWER, say("This is FORBIDDEN."))
    ask(plain, "Say it.")
    turn = last(plain, "held")
    expect(answer(plain, turn)).to_contain_text("This answer was held by moderation.")
    assert "FORBIDDEN" not in plain.content()
