"""Looking for words: by keyboard, while typing, without a script, and the way to what was found."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.provider import END, FORBIDDEN, Provider, say
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER
from .talk import answer, content, ends
from .talk import say as ask

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture(autouse=True)
def _forget_scripts(provider: Provider) -> None:
    provider.clear()


def line(server: Server, count: int, word: str, conversations: int = 1) -> list[UUID]:
    """So many of ann's turns, each below the one before, whose questions have the word and a number; or as many
    conversations of such turns. Not asked for one by one, which would take a minute.
    """
    written = server.manage("shell", "-c", (
        "from tests.factories import answered, new_turn, person\n"
        f"for _ in range({conversations}):\n"
        "    turn = None\n"
        f"    for number in range({count}):\n"
        "        above = (turn.conversation_id, turn.pk) if turn else (None, None)\n"
        f"        turn = answered(person('ann'), new_turn(*above, f'{word} {{number}}'), 'All right.')\n"
        "        print(turn.pk)"
    ))  # fmt: skip
    return [UUID(each) for each in re.findall(r"^[0-9a-f-]{36}$", written, re.MULTILINE)]


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search your conversations")


def hits(page: Page) -> Locator:
    return page.locator("#results .hits a")


def lands_on(page: Page, place: str) -> None:
    """The page is a conversation's, at this element, which is seen and told apart."""
    expect(page).to_have_url(re.compile(rf"/c/[\w-]+/\?turn=[\w-]+#{place}$"))
    expect(page.locator(f"#{place}:target")).to_be_in_viewport()


def test_from_the_shortcut_to_the_message_by_keyboard_alone(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    long = "\n\n".join(f"Paragraph {n}." for n in range(60))
    provider.script(ANSWER, say(f"A **zeppelin** it is.\n\n{long}", piece=400))
    page = open_page(server)
    turn = ask(page, "What flies?")
    ends(page, turn)
    page.goto("/")
    page.keyboard.press("Control+k")
    expect(box(page)).to_be_focused()
    page.keyboard.type("ZEPPELIN what")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=ZEPPELIN\+what$"))
    expect(page.locator("#results")).to_contain_text("Nothing found.")
    expect(box(page)).to_be_focused()
    page.wait_for_load_state()  # before its scripts have come nothing is looked for while typing
    box(page).fill("zeppelin")
    expect(hits(page)).to_have_count(1)
    expect(hits(page).locator("mark")).to_have_text("zeppelin")
    expect(hits(page).locator(".line")).to_contain_text("A zeppelin it is. Paragraph 0.")
    expect(page.locator("#announce")).to_have_text("1 conversation found.")
    expect(page).to_have_url(re.compile(r"/search/\?q=zeppelin$"))
    for _ in range(4):
        if hits(page).evaluate_all("all => all.includes(document.activeElement)"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    lands_on(page, f"answer-{turn}")
    page.wait_for_function("document.readyState === 'complete'")
    assert page.evaluate("document.scrollingElement.scrollHeight - innerHeight - scrollY") > 300, (
        "not at its end"
    )
    page.go_back()
    expect(box(page)).to_have_value("zeppelin")
    expect(hits(page)).to_have_count(1)


def test_the_box_is_emptied_and_the_answer_goes_on(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, [["text", "Slowly "], ["gate"], ["text", "on."], *END])
    page = open_page(server)
    turn = ask(page, "Go on?")
    expect(content(page, turn)).to_have_text("Slowly")
    page.keyboard.press("Control+k")
    page.keyboard.type("nothing")
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")
    expect(answer(page, turn)).to_have_attribute("data-state", "streaming")
    provider.release(ANSWER)
    ends(page, turn)
    expect(content(page, turn)).to_have_text("Slowly on.")


def test_more_comes_in_place_and_the_keyboard_goes_on_with_it(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    line(server, 1, "gondola", 23)
    page = open_page(server, path="/search/?q=gondola")
    expect(page.locator(".found")).to_have_count(20)
    more = page.get_by_role("link", name="Show more")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_have_count(23)
    expect(more).to_have_count(0)
    expect(page.locator(".found").nth(20).locator("a").first).to_be_focused()


def test_a_conversation_with_many_is_looked_through_alone(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    line(server, 6, "trireme")
    page = open_page(server, path="/search/?q=trireme")
    expect(hits(page)).to_have_count(3)
    page.get_by_role("link", name="3 more in this conversation").click()
    expect(hits(page)).to_have_count(6)
    expect(page.locator(".within")).to_contain_text("In New chat")
    page.wait_for_load_state()
    box(page).fill("trireme 4")
    expect(hits(page)).to_have_count(1)
    page.get_by_role("link", name="Search all conversations").click()
    expect(page).to_have_url(re.compile(r"/search/\?q=trireme\+4$"))


def test_a_message_far_above_is_landed_on_with_the_ways_from_there(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    made = line(server, 75, "felucca")
    page = open_page(server, path='/search/?q="felucca+5"')
    link = page.locator(f'.hits a[href$="#question-{made[5]}"]')
    # 50 to 59 have it too, and are newer.
    if not link.count():
        page.get_by_role("link", name="more in this conversation").click()
    link.click()
    lands_on(page, f"question-{made[5]}")
    turns = page.locator("#turns > .turn")
    expect(turns).to_have_count(20)
    # The page looks for what it lacks, and lacks nothing.
    with page.expect_response(lambda response: "/changes/" in response.url) as looked:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert looked.value.status == 204
    expect(turns).to_have_count(20)
    expect(page.get_by_label("Message", exact=True)).to_be_hidden()
    page.get_by_role("link", name="Show earlier messages").click()
    expect(turns).to_have_count(23)
    expect(page.locator("#turns[data-apart]")).to_have_count(1)
    page.get_by_role("link", name="Show later messages").click()
    expect(turns.first).to_contain_text("felucca 23")
    page.get_by_role("link", name="Go to the latest").click()
    expect(turns.last).to_contain_text("felucca 74")
    expect(page.get_by_label("Message", exact=True)).to_be_visible()


def test_a_message_of_another_version_is_landed_on_and_the_version_is_kept_until_it_is_asked_for(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, say("The hovercraft is full."), say("No eels here."))
    page = open_page(server)
    first = ask(page, "What is in it?")
    ends(page, first)
    page.get_by_label("Write another answer").click()
    expect(page.locator(".position")).to_have_text("2/2")
    second = UUID(page.locator("#turns .answer").last.get_attribute("data-turn"))
    ends(page, second)
    conversation = urlsplit(page.url).path
    other = page.context.new_page()
    other.goto("/search/?q=hovercraft")
    with other.expect_response(lambda response: "/changes/" in response.url) as looked:
        hits(other).click()
    assert looked.value.status == 204
    lands_on(other, f"answer-{first}")
    expect(other.locator("#turns .answer")).to_have_count(1)
    expect(content(page, second)).to_have_text("No eels here.")
    other.get_by_role("button", name="Show this version").click()
    expect(other).to_have_url(re.compile(f"{conversation}$"))
    expect(content(other, first)).to_have_text("The hovercraft is full.")
    expect(other.get_by_label("Message", exact=True)).to_be_visible()
    expect(content(page, first)).to_have_text("The hovercraft is full.")


def test_another_answer_asked_for_from_there_makes_it_the_conversation(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, say("A clipper."), say("A cutter."), say("A catamaran."))
    ann = server.client("ann")
    conversation = uuid4()
    first = ann.ask("Which boat?", conversation=conversation)
    ann.finished(first)
    ann.finished(ann.ask("Which boat?", conversation=conversation, kind="retry"))
    page = open_page(server, path=f"/c/{conversation}/?turn={first}#answer-{first}")
    expect(page.locator("#turns[data-apart]")).to_have_count(1)
    answer(page, first).get_by_label("Write another answer").click()
    expect(page.locator(".position")).to_have_text("3/3")
    expect(page.locator("#turns[data-apart]")).to_have_count(0)
    expect(page.get_by_label("Message", exact=True)).to_be_visible()
    expect(page.locator(".answer .content")).to_have_text("A catamaran.")


def test_a_held_answer_is_found_only_once_it_was_released(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, say(f"It has {FORBIDDEN} and a bathyscaphe in it."))
    page = open_page(server)
    turn = ask(page, "Will it be found?")
    ends(page, turn, "held")
    page.goto("/search/?q=bathyscaphe")
    expect(page.locator("#results")).to_contain_text("Nothing found.")
    key = str(turn) if server.database else turn.hex
    case, version = server.rows("SELECT id, version FROM chat_case WHERE turn_id = %s", key)[0]
    decision = {"action": "release", "reason": "Harmless here.", "version": version}
    rita = server.client("rita")
    assert rita.post(f"/review/{UUID(str(case))}/decide/", data=decision).status_code == 302
    page.reload()
    expect(hits(page)).to_have_count(1)
    assert "Nothing found." in server.client("ben").get("/search/?q=bathyscaphe").text
    assert "Nothing found." in rita.get("/search/?q=bathyscaphe").text


def test_without_a_script_it_is_a_form_and_links(
    server: Server, provider: Provider, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("the frame is sandboxed", "Blocked script execution")
    made = line(server, 75, "dhow")
    page = open_page(server, java_script_enabled=False)
    box(page).fill('"dhow 7"')
    box(page).press("Enter")
    page.get_by_role("link", name="more in this conversation").click()
    page.locator(f'.hits a[href$="#question-{made[7]}"]').click()
    lands_on(page, f"question-{made[7]}")
    expect(page.locator("#turns > .turn")).to_have_count(20)
    page.get_by_role("link", name="Show later messages").click()
    expect(page.locator("#turns > .turn").first).to_contain_text("dhow 25")
    page.get_by_role("link", name="Show earlier messages").click()
    expect(page.locator("#turns > .turn").last).to_contain_text("dhow 24")
    page.get_by_role("link", name="Go to the latest").click()
    expect(page.locator("#turns > .turn").last).to_contain_text("dhow 74")


def test_on_a_phone_it_is_in_the_drawer_and_the_shortcut_leads_to_the_page(
    server: Server, provider: Provider, open_page: OpenPage
) -> None:
    provider.script(ANSWER, say(f"A canoe {'of very long words' * 40} and more."))
    page = open_page(server, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    turn = ask_by_button(page, "What is a canoe?")
    ends(page, turn)
    page.get_by_label("Open the list of conversations").click()
    box(page).fill("canoe")
    box(page).press("Enter")
    expect(hits(page)).to_have_count(2)
    assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0
    hits(page).first.click()
    lands_on(page, f"answer-{turn}")
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    expect(page).to_have_url(re.compile("/search/$"))
    expect(box(page)).to_be_focused()


def ask_by_button(page: Page, text: str) -> UUID:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()
    last = page.locator("#turns .answer").last
    expect(last).to_be_attached()
    return UUID(last.get_attribute("data-turn"))
