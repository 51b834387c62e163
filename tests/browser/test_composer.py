"""The box a message is written in: its text leaves only when the server has it, and then once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.prepared import PASSWORD
from tests.provider import Provider, gated, say
from tests.proxy import Proxy
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER, NETWORK, asking
from .talk import conversation_of, ends, is_what_is_stored, shows
from .talk import say as ask


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _answers(provider: Provider, watch: Watch) -> None:
    # Chromium reports every refusal on the console.
    watch.allow(*NETWORK, "htmx:error")
    provider.clear()
    provider.script(ANSWER, say("Certainly."))


@pytest.fixture
def line(proxy: Proxy) -> Proxy:
    """The proxy, with its faults concerning messages instead of event streams."""
    proxy.only = ("POST /turns/",)
    return proxy


def box(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def complaint(page: Page) -> Locator:
    return page.locator("#composer-error")


def answers(page: Page) -> Locator:
    return page.locator("#turns .answer")


def send(page: Page, text: str) -> None:
    box(page).fill(text)
    box(page).press("Enter")


@pytest.mark.parametrize("loss", ["on the way there", "on the way back", "bad gateway"])
def test_a_message_that_may_be_lost_is_kept_and_sending_it_again_does_not_double_it(
    server: Server, line: Proxy, open_page: Callable[..., Page], loss: str
) -> None:
    page = open_page(server, via=line)
    if loss == "on the way there":
        line.only, line.mode = (), "refuse"
        line.cut()
    elif loss == "on the way back":
        line.cut_after(2000)
    else:
        line.mode = "502"
    send(page, f"Lost {loss}?")
    expect(complaint(page)).not_to_be_empty()
    expect(box(page)).to_have_value(f"Lost {loss}?")
    expect(answers(page)).to_have_count(0)
    line.mode = "pass"
    line.only = ("POST /turns/",)
    box(page).press("Enter")
    expect(answers(page)).to_have_count(1)
    expect(complaint(page)).to_be_empty()
    expect(box(page)).to_have_value("")
    expect(answers(page)).to_have_attribute("data-state", "saved")
    is_one(server, page)


def is_one(server: Server, page: Page) -> None:
    key = conversation_of(page) if server.database else conversation_of(page).hex
    assert server.rows("SELECT count(*) FROM chat_turn WHERE conversation_id = %s", str(key)) == [(1,)]
    page.reload()
    expect(answers(page)).to_have_count(1)


def test_a_message_that_chromium_sends_again_by_itself_is_one_message(
    server: Server, line: Proxy, open_page: Callable[..., Page]
) -> None:
    page = open_page(server, via=line)
    line.cut_after(100, reset=True)
    send(page, "Once?")
    expect(answers(page)).to_have_attribute("data-state", "saved")
    assert line.seen == 2
    is_one(server, page)


def test_a_message_lost_on_the_way_back_and_changed_is_another_message(
    server: Server, line: Proxy, open_page: Callable[..., Page]
) -> None:
    page = open_page(server, via=line)
    line.cut_after(2000)
    send(page, "As first written.")
    expect(complaint(page)).not_to_be_empty()
    send(page, "As written better.")
    expect(answers(page)).to_have_count(1)
    expect(page.locator("#turns .question .content")).to_have_text("As written better.")


def test_a_draft_survives_a_reload_and_does_not_come_back_once_sent(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    box(page).fill("Half a thou")
    page.reload()
    expect(box(page)).to_have_value("Half a thou")
    send(page, "Half a thought, finished.")
    expect(answers(page)).to_have_attribute("data-state", "saved")
    box(page).fill("And the next")
    page.reload()
    expect(box(page)).to_have_value("And the next")
    page.goto("/")
    expect(box(page)).to_have_value("")


def test_what_is_written_while_an_answer_runs_is_kept_and_sent_by_the_person_alone(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, gated("First.", " Done."), say("Second."))
    page = open_page(server)
    turn = ask(page, "One.")
    shows(page, turn, "First.")
    send(page, "Two.")
    expect(box(page)).to_have_value("Two.")
    expect(answers(page)).to_have_count(1)
    provider.release(ANSWER, 2)
    ends(page, turn)
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    expect(box(page)).to_have_value("Two.")
    box(page).press("Enter")
    expect(answers(page)).to_have_count(2)


def test_a_refusal_stands_beside_the_box_and_the_text_stays(
    server: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    too_long = "long " * 7000
    send(page, too_long)
    expect(complaint(page)).to_contain_text("the most that can be sent at once is 32,000")
    expect(box(page)).to_have_value(too_long)
    expect(answers(page)).to_have_count(0)
    send(page, "Short.")
    expect(answers(page)).not_to_have_count(0)
    expect(complaint(page)).to_be_empty()


def test_a_second_tab_that_asks_too_early_is_told_to_wait(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, gated("First.", " Done."))
    page = open_page(server)
    ends_first = ask(page, "One.")
    other = page.context.new_page()
    other.goto(page.url)
    other.evaluate(
        "document.querySelectorAll('.answer').forEach((answer) => { answer.dataset.state = 'saved'; })"
    )
    send(other, "Two.")
    expect(complaint(other)).to_contain_text("The answer above is still being written.")
    expect(box(other)).to_have_value("Two.")
    provider.release(ANSWER, 2)
    ends(page, ends_first)
    is_what_is_stored(page, server, ends_first)


def test_more_answers_at_once_than_allowed_are_refused_in_words(
    serve: Callable[..., Server], provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, gated("Slowly.", " Done."))
    server = serve(**{**asking(provider), "CHAT_MAX_RUNNING": "1"})
    page = open_page(server)
    ask(page, "One.")
    other = page.context.new_page()
    other.goto("/")
    send(other, "Two.")
    expect(complaint(other)).to_contain_text("which is the limit here")
    expect(box(other)).to_have_value("Two.")
    provider.release(ANSWER, 9)


def test_signed_out_meanwhile_keeps_the_text(server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(server)
    page.context.clear_cookies(name="sessionid")
    send(page, "Too late?")
    expect(complaint(page)).to_contain_text("signed out")
    expect(box(page)).to_have_value("Too late?")


def sign_in_beside(page: Page, person: str) -> Page:
    """In another tab, by the form: the session and the token that pages send are others from then on."""
    other = page.context.new_page()
    other.goto("/login/")
    other.get_by_label("Username").fill(person)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other).to_have_title("Sluice")
    return other


def test_signed_in_again_in_another_tab_the_page_goes_on(
    server: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    page.context.clear_cookies(name="sessionid")
    send(page, "In time after all.")
    expect(complaint(page)).to_contain_text("signed out")
    sign_in_beside(page, "ann")
    box(page).press("Enter")
    expect(answers(page)).to_have_attribute("data-state", "saved")
    expect(page.locator("#turns .question .content")).to_have_text("In time after all.")


def test_nothing_is_sent_for_somebody_else_and_nobody_sees_their_draft(
    server: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    page.context.clear_cookies(name="sessionid")
    box(page).fill("For ann's eyes.")
    sign_in_beside(page, "ben")
    box(page).press("Enter")
    expect(complaint(page)).to_contain_text("Somebody else has signed in in this browser.")
    expect(answers(page)).to_have_count(0)
    page.reload()
    expect(page.locator("body")).not_to_have_attribute("data-person", "")
    expect(box(page)).to_have_value("")


def test_the_keyboard_is_in_the_box_after_the_button_that_sent_has_gone(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, gated("First.", " Done."))
    page = open_page(server)
    box(page).fill("By the button.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(box(page)).to_be_focused()
    provider.release(ANSWER, 2)
