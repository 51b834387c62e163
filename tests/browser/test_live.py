"""What one tab does, the others of the same person show, without a reload and without disturbing what is done there."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.provider import END, FORBIDDEN, Provider
from tests.provider import say as words
from tests.servers import Server

from .answers import MARKS, RICH
from .house import ANSWER, Steps
from .talk import (
    WAIT,
    answer,
    content,
    conversation_of,
    ends,
    hide,
    is_what_is_stored,
    say,
    seen,
    show,
    shows,
)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _forget_scripts(provider: Provider) -> None:
    provider.clear()


def box(page: Page) -> Locator:
    return page.get_by_label("Message", exact=True)


def beside(page: Page, path: str | None = None) -> Page:
    """Another tab of the same person, once it hears."""
    other = page.context.new_page()
    with other.expect_websocket(lambda socket: socket.url.endswith("/ws/live/")) as socket:
        other.goto(path or page.url)
    if not socket.value.is_closed():
        with socket.value.expect_event("framereceived", lambda frame: '"ready"' in str(frame)):
            pass
    return other


def item(page: Page, conversation: UUID) -> Locator:
    return page.locator(f"#conversation-{conversation}")


def answers(page: Page) -> Locator:
    return page.locator("#turns .answer")


@pytest.fixture
def two(server: Server, provider: Provider, open_page: OpenPage) -> tuple[Page, Page, UUID]:
    """Two tabs of ann's with the same conversation, of one turn that has ended."""
    provider.script(ANSWER, words("Well."))
    page = open_page(server)
    turn = say(page, "Anything?")
    ends(page, turn)
    return page, beside(page), turn


def test_a_turn_begun_in_one_tab_appears_in_the_other_and_is_followed_there(
    server: Server, two: tuple[Page, Page, UUID], steps: Steps
) -> None:
    page, other, _ = two
    box(other).fill("My draft")
    turn = say(page, "And now?")
    for mark in MARKS:
        for tab in (page, other):
            shows(tab, turn, mark)
        steps()
    expect(other.locator(f"#question-{turn} .content")).to_have_text("And now?")
    expect(other.get_by_role("button", name="Stop")).to_be_visible()
    steps()
    for tab in (page, other):
        ends(tab, turn)
        expect(answers(tab)).to_have_count(2)
    assert seen(page, turn) == seen(other, turn)
    expect(box(other)).to_have_value("My draft")
    box(other).press("Enter")
    # It is the answer to what was begun elsewhere, and appears in the first tab in turn.
    expect(answers(other)).to_have_count(3)
    expect(answers(page)).to_have_count(3)
    for _ in range(4):
        steps()
    last = UUID(answers(other).last.get_attribute("data-turn"))
    for tab in (page, other):
        ends(tab, last)
    is_what_is_stored(other, server, turn, RICH)


def test_the_list_of_another_tab_shows_what_is_written_what_is_new_and_its_title(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, [["text", "Yes."], ["gate"], *END])
    page = open_page(server)
    other = beside(page, "/")
    say(page, "Is this about bridges?")
    here = conversation_of(page)
    mark = item(other, here).locator(".mark")
    expect(mark).to_have_text("An answer is being written")
    expect(item(page, here).locator(".mark")).to_have_count(0)
    page.goto("/")
    provider.release(ANSWER)
    for tab in (page, other):
        expect(item(tab, here).locator(":scope > a")).to_have_text("Is this about bridges?")
        expect(item(tab, here).locator(".mark")).to_have_text("New answer")
    item(other, here).locator(":scope > a").click()
    expect(other.locator("#title")).to_have_text("Is this about bridges?")
    expect(mark).to_have_count(0)
    expect(item(page, here).locator(".mark")).to_have_count(0)


def test_what_ends_in_a_hidden_tab_is_new_until_it_is_looked_at(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, [["text", "Yes."], ["gate"], *END])
    page = open_page(server)
    turn = say(page, "Hidden?")
    other = beside(page, "/")
    mark = item(other, conversation_of(page)).locator(".mark")
    hide(page)
    provider.release(ANSWER)
    ends(page, turn)
    expect(mark).to_have_text("New answer")
    show(page)
    expect(mark).to_have_count(0)


def test_a_new_name_reaches_the_other_tabs_and_leaves_an_open_menu_open(
    two: tuple[Page, Page, UUID], server: Server
) -> None:
    page, other, _ = two
    here = conversation_of(page)
    item(other, here).locator("summary").click()
    typed = item(other, here).get_by_label("Title")
    typed.fill("Half a na")
    server.client("ann").post(f"/c/{here}/rename/", data={"title": "Bridges & ferries"})
    for tab in (page, other):
        expect(tab).to_have_title("Bridges & ferries · Sluice")
        expect(tab.locator("#title")).to_have_text("Bridges & ferries")
    expect(typed).to_be_focused()
    expect(typed).to_have_value("Half a na")


def test_another_conversation_is_renamed_without_taking_the_place_of_the_open_one(
    two: tuple[Page, Page, UUID], provider: Provider
) -> None:
    page, other, _ = two
    here = conversation_of(page)
    other.goto("/")
    say(other, "Second?")
    item(other, here).locator("summary").click()
    item(other, here).get_by_label("Title").fill("The first")
    item(other, here).get_by_role("button", name="Rename").click()
    expect(item(other, here).locator(":scope > a")).to_have_text("The first")
    expect(item(other, here).get_by_role("button", name="Rename")).to_be_hidden()
    expect(item(other, here).locator("[aria-current]")).to_have_count(0)
    expect(page.locator("#title")).to_have_text("The first")
    expect(other.locator("#title")).not_to_have_text("The first")


def test_a_conversation_deleted_elsewhere_says_so_and_comes_back(two: tuple[Page, Page, UUID]) -> None:
    page, other, turn = two
    here = conversation_of(page)
    box(other).fill("Kept")
    item(page, here).locator("summary").click()
    item(page, here).get_by_role("button", name="Delete").click()
    expect(other.get_by_role("heading", name="This conversation was deleted")).to_be_visible()
    expect(answers(other)).to_have_count(0)
    expect(item(other, here)).to_have_count(0)
    expect(box(other)).to_have_value("Kept")
    expect(other.get_by_role("button", name="Send")).to_be_disabled()
    page.locator(".flash-undo").get_by_role("button", name="Undo").click()
    for tab in (page, other):
        expect(content(tab, turn)).to_have_text("Well.")
        expect(item(tab, here)).to_be_visible()
    expect(other.get_by_role("button", name="Send")).to_be_enabled()


def test_a_deletion_can_be_undone_where_it_was_heard_of(two: tuple[Page, Page, UUID], server: Server) -> None:
    page, other, turn = two
    server.client("ann").post(f"/c/{conversation_of(page)}/delete/")
    other.locator("#turns").get_by_role("button", name="Undo").click(timeout=WAIT)
    for tab in (page, other):
        expect(content(tab, turn)).to_have_text("Well.")


def test_another_version_is_shown_everywhere_but_not_under_the_hands_of_somebody_who_edits(
    two: tuple[Page, Page, UUID], provider: Provider
) -> None:
    page, other, turn = two
    other.locator(f"#question-{turn}").hover()
    other.get_by_label("Edit this question").click()
    edited = other.get_by_role("textbox", name="Question")
    edited.fill("Anything else?")
    page.get_by_label("Write another answer").click()
    expect(page.locator(".position")).to_have_text("2/2")
    version = UUID(answers(page).last.get_attribute("data-turn"))
    ends(page, version)
    # Its list knows, so it has heard; the turns wait.
    expect(item(other, conversation_of(page)).locator(".mark")).to_have_count(0)
    expect(edited).to_have_value("Anything else?")
    expect(answer(other, turn)).to_be_visible()
    other.get_by_role("button", name="Cancel").click()
    ends(other, version)
    expect(other.locator(".position")).to_have_text("2/2")
    other.get_by_label("Previous version").click()
    for tab in (page, other):
        expect(answer(tab, turn)).to_be_visible()
        expect(tab.locator(".position")).to_have_text("1/2")


def test_a_reviewers_release_shows_without_a_reload(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, words(f"It has {FORBIDDEN} in it."))
    page = open_page(server)
    turn = say(page, "Will it be held?")
    ends(page, turn, "held")
    other = beside(page, "/")
    case, version = server.rows(
        "SELECT id, version FROM chat_case WHERE turn_id = %s", str(turn) if server.database else turn.hex
    )[0]
    rita = server.client("rita")
    decision = {"action": "release", "reason": "Harmless here.", "version": version}
    assert rita.post(f"/review/{UUID(str(case))}/decide/", data=decision).status_code == 302
    shows(page, turn, FORBIDDEN)
    expect(answer(page, turn)).to_contain_text("Released by a reviewer")
    expect(item(other, conversation_of(page)).locator(":scope > a")).to_have_text(
        "Will it be held?", timeout=WAIT
    )


def test_a_reader_further_up_keeps_their_place(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, words("\n\n".join(f"Paragraph {n}." for n in range(60)), piece=200))
    page = open_page(server)
    first = say(page, "Long?")
    ends(page, first)
    other = beside(page)
    other.mouse.move(400, 300)
    other.mouse.wheel(0, -900)
    other.wait_for_function("scrollY < document.scrollingElement.scrollHeight - innerHeight - 500")
    place = other.evaluate("scrollY")
    turn = say(page, "More?")
    ends(other, turn)
    assert other.evaluate("scrollY") == place


def test_without_a_socket_the_page_looks_when_it_is_come_back_to(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    refused: list[str] = []

    def refuse(socket: WebSocketRoute) -> None:
        refused.append(socket.url)
        socket.close()

    provider.script(ANSWER, words("Well."))
    page = open_page(server)
    turn = say(page, "Anything?")
    ends(page, turn)
    other = page.context.new_page()
    other.route_web_socket("**/ws/live/", refuse)
    other.goto(page.url)
    last = say(page, "And then?")
    ends(page, last)
    expect(answers(other)).to_have_count(1)
    hide(other)
    show(other)
    ends(other, last)
    server.client("ann").post(f"/c/{conversation_of(page)}/rename/", data={"title": "Renamed"})
    other.evaluate("dispatchEvent(new Event('focus'))")
    expect(other.locator("#title")).to_have_text("Renamed")
    assert refused


def test_a_tab_whose_session_has_ended_says_so(
    server: Server, provider: Provider, open_page: OpenPage, watch: Any
) -> None:
    from .house import NETWORK, sign_in

    watch.allow(*NETWORK, "WebSocket")
    page = open_page(server, "")
    sign_in(server, page.context, "ann", server.url)
    page.goto("/")
    other = beside(page, "/")
    box(other).fill("Not lost")
    page.locator(".account > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(other.locator("#composer-error")).to_contain_text("You are signed out.")
    expect(box(other)).to_have_value("Not lost")
