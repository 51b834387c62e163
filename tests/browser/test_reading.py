"""Reading an answer: scrolling, copying, selecting, listening to it, and doing all of it by keyboard."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.provider import END, Provider, gated
from tests.servers import Server

from .answers import MARKS, RICH, flowing, in_steps, long
from .house import ANSWER
from .talk import answer, content, ends, say, shows, until

HEARD = """() => {
    window.heard = [];
    new MutationObserver(() => { if (region.textContent) heard.push(region.textContent); })
        .observe(window.region = document.getElementById("announce"), {childList: true, characterData: true, subtree: true});
}"""

FOCUSED = """() => {
    const element = document.activeElement;
    return element.getAttribute("aria-label") || element.textContent.trim();
}"""


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


@pytest.fixture
def reading(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> Callable[..., tuple[Page, UUID]]:
    """Ask for the answer of a script; context options as open_page."""
    provider.clear()

    def begin(script: list[Any], **options: Any) -> tuple[Page, UUID]:
        provider.script(ANSWER, script)
        page = open_page(server, **options)
        page.evaluate(HEARD)
        return page, say(page)

    return begin


def from_end(page: Page) -> float:
    return page.evaluate("document.scrollingElement.scrollHeight - innerHeight - scrollY")


def test_the_page_follows_the_text_until_the_reader_scrolls_up(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    text = long(6)
    page, turn = reading([*flowing(text[:2400]), ["gate"], *flowing(text[2400:]), *END])
    until(
        page,
        lambda: page.evaluate("document.scrollingElement.scrollHeight") > 1500,
        "more than a screen of text",
    )
    until(page, lambda: from_end(page) < 50, "the end in view")
    page.mouse.move(600, 300)
    page.mouse.wheel(0, -500)
    until(page, lambda: from_end(page) > 300, "scrolled up")
    before = page.evaluate("scrollY")
    provider.release(ANSWER)
    ends(page, turn)
    assert page.evaluate("scrollY") == before, "the text pulled the reader along"
    jump = page.get_by_role("button", name="Jump to the latest")
    expect(jump).to_be_visible()
    jump.click()
    until(page, lambda: from_end(page) < 5, "the end")
    expect(jump).to_be_hidden()


def test_an_answer_and_its_code_are_copied_as_they_were_written(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    page, turn = reading([*flowing(RICH), *END], permissions=["clipboard-read", "clipboard-write"])
    ends(page, turn)
    answer(page, turn).get_by_role("button", name="Copy this answer").click()
    until(page, lambda: page.evaluate("navigator.clipboard.readText()") == RICH, "the whole answer")
    content(page, turn).locator("figure.code").hover()
    content(page, turn).locator(".copy-code").click()
    code = RICH.partition("```python\n")[2].partition("\n```")[0]
    until(page, lambda: page.evaluate("navigator.clipboard.readText()") == code, "the code alone")
    page.wait_for_function("() => heard.includes('Copied.')")


def test_code_can_be_copied_while_the_answer_is_still_written(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    page, turn = reading(in_steps(), permissions=["clipboard-read", "clipboard-write"])
    provider.release(ANSWER, 3)
    shows(page, turn, "Last words")
    content(page, turn).locator("figure.code").hover()
    content(page, turn).locator(".copy-code").click()
    until(page, lambda: "greet" in page.evaluate("navigator.clipboard.readText()"), "copied")
    provider.release(ANSWER, 9)
    ends(page, turn)


def test_a_selection_and_the_focus_outlive_the_end_of_the_answer(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    page, turn = reading(in_steps())
    shows(page, turn, MARKS[0])
    page.keyboard.type("Meanwhile")
    words = content(page, turn).locator("strong")
    words.evaluate("words => { window.paragraph = words.parentElement; }")
    words.dblclick(position={"x": 8, "y": 8})
    assert page.evaluate("getSelection().toString()").strip() == "bold"
    provider.release(ANSWER, 9)
    ends(page, turn)
    assert page.evaluate("getSelection().toString()").strip() == "bold"
    assert page.evaluate("paragraph.isConnected"), "a finished paragraph was drawn again"
    expect(page.get_by_label("Message", exact=True)).to_have_value("Meanwhile")


def test_the_focus_stays_where_it_was_when_the_answer_ends(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    page, turn = reading(in_steps())
    provider.release(ANSWER, 3)
    shows(page, turn, "Last words")
    link = content(page, turn).get_by_role("link", name="link")
    link.focus()
    provider.release(ANSWER, 9)
    ends(page, turn)
    expect(link).to_be_focused()


def test_a_screen_reader_hears_the_start_and_the_end_and_nothing_between(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    page, turn = reading([*flowing(long(3), wait=0.005), *END])
    ends(page, turn)
    page.wait_for_function("() => heard.at(-1) === 'The answer is complete.'")
    assert page.evaluate("heard") == ["Sluice is answering.", "The answer is complete."]
    assert page.locator("[aria-live]").count() == 1
    expect(answer(page, turn)).not_to_have_attribute("aria-busy", "true")


def test_a_screen_reader_hears_of_a_hold_and_of_a_stop(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    page, turn = reading([["text", "This is FORBIDDEN."], *END])
    ends(page, turn, "held")
    page.wait_for_function("() => heard.at(-1)?.startsWith('This answer was held by moderation.')")
    provider.script(ANSWER, gated("One ", "two"))
    turn = say(page, "Again.")
    shows(page, turn, "One")
    page.keyboard.press("Escape")
    ends(page, turn, "stopped")
    page.wait_for_function("() => heard.at(-1)?.startsWith('Stopped.')")


def test_everything_is_reached_and_done_with_the_keyboard(
    provider: Provider, reading: Callable[..., Any]
) -> None:
    page, turn = reading([["text", "Read `this`.\n\n```python\nx = 1\n```\n"], *END])
    ends(page, turn)
    page.reload()
    reached: list[str] = []
    while reached.count("Message") < 2 and len(reached) < 120:  # around once, through the browser's own end
        reached.append(page.evaluate(FOCUSED))
        page.keyboard.press("Tab")
    for name in (
        "Skip to content",
        "New chat",
        "Edit this question",
        "Copy",
        "Copy this answer",
        "Write another answer",
        "Message",
        "Shortcuts",
    ):
        assert name in reached, f"{name} is not reached by Tab: {reached}"

    page.keyboard.press("Control+/")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Shift+Escape")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()

    provider.script(ANSWER, gated("A long ", "answer"))
    page.keyboard.type("Another.")
    page.keyboard.press("Enter")
    expect(page.locator("#turns .answer")).to_have_count(2)
    again = UUID(page.locator("#turns .answer").last.get_attribute("data-turn"))
    shows(page, again, "A long")
    page.keyboard.press("Escape")
    ends(page, again, "stopped")
    answer(page, again).get_by_role("button", name="Retry").focus()
    page.keyboard.press("Enter")
    expect(answer(page, again)).to_have_count(0)
    provider.release(ANSWER, 9)
    page.keyboard.press("Control+Shift+O")
    expect(page.locator("#turns .answer")).to_have_count(0)


def test_each_paragraph_is_read_from_its_own_side(reading: Callable[..., tuple[Page, UUID]]) -> None:
    arabic = "الجسر قديم جدا."
    page, turn = reading([["text", f"An old bridge.\n\n{arabic}\n\n- {arabic}\n- In English."], *END])
    ends(page, turn)
    sides = content(page, turn).evaluate(
        """content => [...content.querySelectorAll("p, li:not(:has(p))")].map((each) => {
            const words = document.createRange();
            words.selectNodeContents(each);
            const [line, box] = [words.getBoundingClientRect(), each.getBoundingClientRect()];
            return line.left - box.left < box.right - line.right ? "left" : "right";
        })"""
    )
    assert sides == ["left", "right", "right", "left"]
    page.get_by_label("Message", exact=True).fill(arabic)
    assert page.evaluate("document.getElementById('message').matches(':dir(rtl)')")
