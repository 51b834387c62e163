"""The review desk in a browser: a case from its arrival to its decision without a mouse, and told live on both sides."""

import time
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.prepared import PASSWORD
from tests.provider import FORBIDDEN, Provider
from tests.provider import say as words
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER
from .talk import answer, content, conversation_of, ends, say, shows

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _forget(server: Server, provider: Provider) -> None:
    """Each test has the queue to itself."""
    provider.clear()
    sena = server.client("sena")
    for case, version in server.rows("SELECT id, version FROM chat_case WHERE state = 'open'"):
        place = f"/review/{UUID(str(case))}/"
        taken = {"reason": "For the next test.", "version": version}
        assert sena.post(f"{place}take-over/", data=taken).status_code == 302
        form = {"action": "uphold", "category": "other", "version": version + 1}
        assert sena.post(f"{place}decide/", data=form).status_code == 302


def hears(page: Page, path: str) -> Page:
    """Go there, and wait until it would be told of changes."""
    with page.expect_websocket(lambda socket: socket.url.endswith("/ws/review/")) as socket:
        page.goto(path)
    with socket.value.expect_event("framereceived", lambda frame: '"ready"' in str(frame)):
        pass
    return page


def held_answer(page: Page, provider: Provider, question: str = "Will it be held?") -> UUID:
    provider.script(ANSWER, words(f"It has {FORBIDDEN} in it, and more."))
    turn = say(page, question)
    ends(page, turn, "held")
    return turn


def case_of(server: Server, turn: UUID) -> tuple[str, int]:
    key = str(turn) if server.database else turn.hex
    case, version = server.rows("SELECT id, version FROM chat_case WHERE turn_id = %s", key)[0]
    return f"/review/{UUID(str(case))}/", version


class Keyboard:
    """Presses keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def __call__(self, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_load_state()  # before its scripts have come a key does nothing
            self.page.keyboard.press(key)


def test_a_case_is_decided_from_its_arrival_on_by_five_keys_and_no_mouse(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    desk = hears(open_page(server, "rita", "/account/"), "/review/")
    expect(desk.get_by_text("Nothing waits for a decision.")).to_be_visible()
    ann = open_page(server, "ann")
    turn = held_answer(ann, provider)
    expect(desk.locator("#fresh")).to_contain_text("1 new case: show it")
    keys = Keyboard(desk)
    keys("n")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Case")
    expect(desk.get_by_text("Yours since")).to_be_visible()
    assert FORBIDDEN not in desk.content(), "veiled until somebody says why they look"
    keys("v")
    expect(desk.get_by_text("Revealed to you until")).to_be_visible()
    expect(desk.locator(".evidence")).to_contain_text(FORBIDDEN)
    keys("r", "2")
    expect(desk.get_by_label("An example, nothing real")).to_be_checked()
    keys("Enter")
    expect(desk.get_by_text("Released. It is part of the conversation")).to_be_visible()
    shows(ann, turn, FORBIDDEN)
    keys("z")
    expect(desk.get_by_text("Taken back. The case is open again, and yours.")).to_be_visible()
    expect(answer(ann, turn)).to_contain_text("A reviewer is looking at this answer again.")
    keys("u")
    expect(desk.get_by_label("What the person is told")).to_be_visible()
    keys("Enter")
    expect(desk.get_by_text("Upheld. It stays out of the conversation")).to_be_visible()
    keys("n")
    expect(desk.get_by_text("Nothing is waiting that nobody else is at.")).to_be_visible()


def test_a_note_and_a_reason_are_written_and_sent_by_keys_and_letters_do_nothing_else_meanwhile(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    turn = held_answer(open_page(server, "ann"), provider)
    desk = open_page(server, "rita", case_of(server, turn)[0])
    desk.wait_for_load_state()
    desk.keyboard.press("m")
    desk.keyboard.type("never run again")
    expect(desk.get_by_label("A note for reviewers")).to_have_value("never run again")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("Noted.")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("e")
    expect(desk.get_by_label("I am not sure")).to_be_checked()
    desk.get_by_label("In words", exact=True).focus()
    desk.keyboard.type("zr n")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("Escalated. A senior reviewer decides.")).to_be_visible()
    expect(desk.get_by_text("I am not sure. zr n")).to_be_visible()


def test_single_keys_can_be_switched_off_and_are_told_of(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    turn = held_answer(open_page(server, "ann"), provider)
    desk = open_page(server, "rita", case_of(server, turn)[0])
    desk.wait_for_load_state()
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("Reveal the text, to decide")
    desk.get_by_label("Single keys do something in this browser").uncheck()
    desk.get_by_role("button", name="Close").click()
    desk.keyboard.press("r")
    expect(desk.locator("[name=action][value=release]")).not_to_be_checked()
    desk.reload()
    desk.wait_for_load_state()
    desk.keyboard.press("r")
    expect(desk.locator("[name=action][value=release]")).not_to_be_checked()
    desk.get_by_role("button", name="Keys").click()
    desk.get_by_label("Single keys do something in this browser").check()
    desk.keyboard.press("Escape")
    desk.keyboard.press("r")
    expect(desk.locator("[name=action][value=release]")).to_be_checked()


@pytest.mark.parametrize("action", ["release", "uphold"])
def test_the_persons_open_page_is_told_within_a_moment(
    server: Server, provider: Provider, open_page: OpenPage, action: str
) -> None:
    page = open_page(server, "ann")
    turn = held_answer(page, provider)
    place, version = case_of(server, turn)
    form = {"action": action, "because": "alarm", "category": "secrets", "version": version}
    began = time.monotonic()
    assert server.client("rita").post(f"{place}decide/", data=form).status_code == 302
    if action == "release":
        shows(page, turn, FORBIDDEN)
        expect(answer(page, turn)).to_contain_text("Released by a reviewer")
    else:
        expect(answer(page, turn)).to_contain_text("kept it back: secrets and keys.")
        assert FORBIDDEN not in page.content()
    print(f"{action}: {time.monotonic() - began:.2f} s from the decision's POST to the open page")


def test_a_report_that_is_upheld_leaves_every_open_page_at_once(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, words("The limit is four hundred euros."))
    page = open_page(server, "ann")
    turn = say(page, "What is the limit?")
    ends(page, turn)
    other = page.context.new_page()
    other.goto(page.url)
    shows(other, turn, "four hundred")
    answer(page, turn).get_by_role("link", name="Report this answer").click()
    page.get_by_label("Wrong or misleading").check()
    page.get_by_label("More about it").fill("It is forty.")
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_text("Reported. A reviewer will look at it.")).to_be_visible()
    for tab in (page, other):
        expect(answer(tab, turn)).to_contain_text("You reported this")
        shows(tab, turn, "four hundred")
    desk = open_page(server, "rita", case_of(server, turn)[0])
    expect(desk.get_by_text("It is forty.").first).to_be_visible()
    desk.keyboard.press("u")
    began = time.monotonic()
    desk.keyboard.press("Enter")
    for tab in (page, other):
        expect(content(tab, turn)).to_have_count(0)
        expect(answer(tab, turn)).to_contain_text("kept it back: wrong or misleading.")
        assert "four hundred" not in tab.content()
    print(f"withdrawal: {time.monotonic() - began:.2f} s from the key to two open pages")
    expect(desk.get_by_text("Taken out of the conversation")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("z")
    for tab in (page, other):
        shows(tab, turn, "four hundred")


def test_new_cases_are_announced_and_nothing_moves_under_the_finger(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    ann = open_page(server, "ann")
    first = held_answer(ann, provider)
    desk = hears(open_page(server, "rita", "/account/"), "/review/")
    expect(desk.locator("#cases .case")).to_have_count(1)
    desk.keyboard.press("j")
    focused = desk.evaluate("document.activeElement.href")
    held_answer(ann, provider, "And this?")
    expect(desk.locator("#fresh")).to_contain_text("1 new case: show it")
    expect(desk.locator("#announce")).to_have_text("1 new case.")
    expect(desk.locator("#cases .case")).to_have_count(1)
    # What somebody else takes is shown as theirs, in its place.
    place, _ = case_of(server, first)
    assert server.client("sena").post(f"{place}claim/").status_code == 302
    expect(desk.locator("#cases .case")).to_contain_text("sena, since")
    assert desk.evaluate("document.activeElement.href") == focused
    desk.get_by_role("link", name="1 new case: show it").click()
    expect(desk.locator("#cases .case")).to_have_count(2)


def test_the_page_of_a_case_says_when_somebody_else_has_decided_and_keeps_what_is_written(
    server: Server, provider: Provider, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("409")
    turn = held_answer(open_page(server, "ann"), provider)
    place, version = case_of(server, turn)
    desk = hears(open_page(server, "rita", "/account/"), place)
    desk.keyboard.press("r")
    desk.get_by_label("In words", exact=True).fill("My careful words.")
    form = {"action": "uphold", "category": "other", "version": version}
    assert server.client("sena").post(f"{place}decide/", data=form).status_code == 302
    expect(desk.locator("#changed")).to_contain_text("sena upheld this on")
    expect(desk.get_by_label("In words", exact=True)).to_have_value("My careful words.")
    desk.locator(".decision .wide").click()
    expect(desk.get_by_role("alert")).to_contain_text("Nothing was changed: sena upheld this on")
    expect(desk.get_by_label("In words", exact=True)).to_have_value("My careful words.")


def test_a_case_is_decided_without_javascript(
    server: Server, provider: Provider, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("the frame is sandboxed", "Blocked script execution")
    turn = held_answer(open_page(server, "ann"), provider)
    desk = open_page(server, "rita", "/review/", java_script_enabled=False)
    desk.get_by_role("button", name="Take the next case").click()
    desk.get_by_role("button", name="Reveal to decide").click()
    expect(desk.locator(".evidence")).to_contain_text(FORBIDDEN)
    desk.locator("label.act", has_text="Release").click()
    desk.get_by_label("A false alarm").check()
    desk.locator(".decision .wide").click()
    expect(desk.get_by_text("Released. It is part of the conversation")).to_be_visible()
    assert FORBIDDEN in (server.message(turn) or "")


def test_filters_count_at_once_and_stay_in_the_address(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    ann = open_page(server, "ann")
    held_answer(ann, provider)
    assert conversation_of(ann)
    desk = open_page(server, "rita", "/review/")
    desk.get_by_label("Person").select_option(label="ann (1)")
    desk.wait_for_url("**/review/?person=*")
    expect(desk.locator("#cases .case")).to_have_count(1)
    desk.get_by_label("Waiting", exact=True).select_option(label="More than an hour")
    desk.wait_for_url("**&age=1h#by-age")
    expect(desk.get_by_text("No case is like this.")).to_be_visible()
    expect(desk.get_by_label("Waiting", exact=True)).to_be_focused()
    desk.get_by_role("link", name="Clear").click()
    desk.wait_for_url("**/review/")


def test_what_is_written_for_a_decision_outlives_the_other_forms_and_the_way_back_keeps_the_filter(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    turn = held_answer(open_page(server, "ann"), provider)
    desk = open_page(server, "rita", f"{case_of(server, turn)[0]}?sort=age")
    desk.get_by_role("button", name="Take it", exact=True).click()
    expect(desk.get_by_text("Yours since")).to_be_visible()
    desk.wait_for_load_state()
    desk.keyboard.press("r")
    desk.keyboard.press("2")
    desk.get_by_label("In words", exact=True).fill("My careful words.")
    desk.get_by_role("button", name="Reveal to decide").click()
    expect(desk.get_by_text("Revealed to you until")).to_be_visible()
    expect(desk.get_by_label("In words", exact=True)).to_have_value("My careful words.")
    expect(desk.get_by_label("An example, nothing real")).to_be_checked()
    desk.get_by_role("button", name="Leave it", exact=True).click()
    desk.wait_for_url("**/review/?sort=age")


def test_a_page_whose_session_has_ended_says_so_and_signing_in_leads_back_to_it(
    server: Server, provider: Provider, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("status of 401")
    turn = held_answer(open_page(server, "ann"), provider)
    place = case_of(server, turn)[0]
    desk = open_page(server, "rita", place)
    desk.wait_for_load_state()
    desk.keyboard.press("e")
    desk.get_by_label("In words", exact=True).fill("My careful words.")
    desk.context.clear_cookies(name="sessionid")
    desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.get_by_text("You are signed out, and nothing done here counts.")).to_be_visible()
    desk.locator(".decision .wide").click()
    desk.get_by_label("Username").fill("rita")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in").click()
    desk.wait_for_url(f"**{place}")
    expect(desk.get_by_label("In words", exact=True)).to_have_value("My careful words.")
