"""The way through the program: sign in, ask, read, stop, ask otherwise, rename, delete, look back."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.prepared import PASSWORD
from tests.provider import Provider, gated, say, status
from tests.servers import Server

from .house import ANSWER
from .talk import answer, content, ends, is_what_is_stored, shows
from .talk import say as ask


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _forget_scripts(provider: Provider) -> None:
    provider.clear()


def question(page: Page, turn: UUID) -> Locator:
    return page.locator(f"#question-{turn}")


def last(page: Page, state: str = "saved") -> UUID:
    """The turn of the last answer, once it is in this state."""
    article = page.locator("#turns .answer").last
    expect(article).to_have_attribute("data-state", state)
    return UUID(article.get_attribute("data-turn"))


def test_from_the_sign_in_page_to_a_saved_answer_with_a_title(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, gated("Bridges are **old**", ", and ferries older."))
    page = open_page(server, "")
    expect(page).to_have_title("Sign in · Sluice")
    page.get_by_label("Username").fill("ben")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Sluice")
    box = page.get_by_label("Message", exact=True)
    expect(box).to_be_focused()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()

    page.keyboard.type("How old are bridges? Say it")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("in two lines.")
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    page.keyboard.press("Enter")
    turn = last(page, "streaming")
    expect(question(page, turn).locator(".content")).to_have_text(
        "How old are bridges? Say it\nin two lines."
    )
    expect(box).to_have_value("")
    expect(page).to_have_url(re.compile("/c/"))
    shows(page, turn, "Bridges are old")
    expect(page.get_by_role("button", name="Send")).to_be_hidden()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(question(page, turn).locator("summary")).to_be_hidden()
    expect(page.locator("#title")).to_have_text("New chat")
    provider.release(ANSWER, 2)
    ends(page, turn)
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()

    # Titled after its first saved exchange, in the list, over the text and in the tab.
    expect(page.locator("#conversations [aria-current=page]")).to_have_text("How old are bridges?")
    expect(page.locator("#title")).to_have_text("How old are bridges?")
    expect(page).to_have_title("How old are bridges? · Sluice")
    assert server.message(turn, "user") == "How old are bridges? Say it\nin two lines."
    is_what_is_stored(page, server, turn, "Bridges are **old**, and ferries older.")
    expect(page).to_have_title("How old are bridges? · Sluice")


def test_a_second_question_carries_the_first_exchange(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, say("The first."), say("The second."))
    page = open_page(server)
    first = ask(page, "One?")
    ends(page, first)
    second = ask(page, "Two?")
    ends(page, second)
    assert answer(page, first).is_visible()
    messages = provider.wait_for_request(ANSWER, 2)["body"]["messages"]
    assert [m["content"] for m in messages] == ["One?", "The first.", "Two?"]


def test_a_stopped_answer_keeps_its_part_and_can_be_continued_or_written_again(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(
        ANSWER, gated("The first half", " and more"), say(" and the second half."), say("All of it.")
    )
    page = open_page(server)
    turn = ask(page, "Stop me.")
    shows(page, turn, "The first half")
    page.get_by_role("button", name="Stop").click()
    ends(page, turn, "stopped")
    expect(answer(page, turn).locator(".outcome")).to_contain_text("Stopped. This answer is incomplete.")
    assert provider.wait_for_end(provider.requests(ANSWER)[0]["n"])["ended_by"] == "client"
    is_what_is_stored(page, server, turn, "The first half")

    answer(page, turn).get_by_role("button", name="Continue").click()
    expect(page.locator("#turns .answer")).to_have_count(2)
    more = last(page)
    assert more != turn
    expect(content(page, more)).to_have_text("and the second half.")
    expect(page.locator("#turns .question")).to_have_count(1)
    assert provider.requests(ANSWER)[1]["body"]["messages"][1] == {
        "role": "assistant",
        "content": "The first half",
    }

    answer(page, turn).get_by_role("button", name="Retry").click()
    expect(page.locator("#turns .answer")).to_have_count(1)
    whole = last(page)
    expect(content(page, whole)).to_have_text("All of it.")
    expect(answer(page, whole).locator(".position")).to_have_text("2/2")


def test_an_edited_question_is_another_version_and_the_old_one_stays(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, say("About cats."), say("More about cats."), say("About dogs."))
    page = open_page(server)
    first = ask(page, "Cats?")
    ends(page, first)
    ends(page, ask(page, "More?"))
    page.locator(f"#question-{first}").hover()
    question(page, first).locator("summary").click()
    box = question(page, first).get_by_role("textbox", name="Question")
    expect(box).to_be_focused()
    expect(box).to_have_value("Cats?")
    box.fill("Dogs?")
    question(page, first).get_by_role("button", name="Send").click()
    expect(content(page, first)).to_have_count(0)
    edited = last(page)
    expect(content(page, edited)).to_have_text("About dogs.")
    expect(page.locator("#turns .turn")).to_have_count(1)
    versions = answer(page, edited).get_by_role("group", name="Versions")
    expect(versions).to_contain_text("2/2")

    versions.get_by_role("button", name="Previous version").click()
    expect(content(page, first)).to_have_text("About cats.")
    expect(page.locator("#turns .turn")).to_have_count(2)
    page.reload()
    expect(page.locator("#turns .turn")).to_have_count(2)
    answer(page, first).get_by_role("button", name="Next version").click()
    expect(content(page, edited)).to_have_text("About dogs.")
    expect(page.locator("#turns .turn")).to_have_count(1)


def test_another_answer_to_the_same_question_stands_beside_the_first(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, say("Heads."), gated("Tails, ", "I think."))
    page = open_page(server)
    first = ask(page, "Toss a coin.")
    ends(page, first)
    answer(page, first).get_by_role("button", name="Write another answer").click()
    expect(answer(page, first)).to_have_count(0)
    second = last(page, "streaming")
    shows(page, second, "Tails,")
    provider.release(ANSWER, 2)
    ends(page, second)
    expect(answer(page, second).locator(".position")).to_have_text("2/2")
    is_what_is_stored(page, server, second, "Tails, I think.")


def test_a_failure_says_so_in_a_sentence_with_the_providers_words_folded_and_retry(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, status(401, "Key <b>sk-none</b> is not known here"), say("Now it works."))
    page = open_page(server)
    turn = ask(page, "Anything?")
    ends(page, turn, "failed")
    outcome = answer(page, turn).locator(".outcome")
    expect(outcome).to_contain_text("There is no answer.")
    words = answer(page, turn).get_by_text("is not known here")
    expect(words).to_be_hidden()
    answer(page, turn).get_by_text("What the model's server said").click()
    expect(words).to_be_visible()
    assert answer(page, turn).locator("details b").count() == 0
    answer(page, turn).get_by_role("button", name="Retry").click()
    expect(answer(page, turn)).to_have_count(0)
    expect(content(page, last(page))).to_have_text("Now it works.")


def test_an_answer_broken_in_the_middle_keeps_what_was_written(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, [["text", "Half of"], ["gate"], ["reset"]], say(" it, and the rest."))
    page = open_page(server)
    turn = ask(page, "Break.")
    shows(page, turn, "Half of")
    provider.release(ANSWER)
    ends(page, turn, "failed")
    expect(answer(page, turn).locator(".outcome")).to_contain_text("Interrupted.")
    is_what_is_stored(page, server, turn, "Half of")
    answer(page, turn).get_by_role("button", name="Continue").click()
    expect(page.locator("#turns .answer")).to_have_count(2)
    expect(content(page, last(page))).to_have_text("it, and the rest.")
