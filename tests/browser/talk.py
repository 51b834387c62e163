"""What a person does at the chat page and sees there, in a word each, for the tests of this folder."""

import time
from collections.abc import Callable
from uuid import UUID

from playwright.sync_api import Locator, Page, expect

from tests.servers import Server

WAIT = 30_000  # ms; the machine may be busy, and nothing here asserts how long something took


def say(page: Page, text: str = "Go on.") -> UUID:
    """Write a message and send it with Enter; the turn it began, once it is on the page."""
    page.wait_for_load_state()  # before its scripts have come, Enter is a new line
    answers = page.locator("#turns .answer")
    before = answers.count()
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_label("Message", exact=True).press("Enter")
    expect(answers).to_have_count(before + 1)
    return UUID(answers.last.get_attribute("data-turn"))


def answer(page: Page, turn: UUID) -> Locator:
    return page.locator(f"#answer-{turn}")


def content(page: Page, turn: UUID) -> Locator:
    return page.locator(f"#answer-{turn} > .content")


def shows(page: Page, turn: UUID, words: str) -> None:
    """Wait until the answer has these words."""
    expect(content(page, turn)).to_contain_text(words)


def ends(page: Page, turn: UUID, state: str = "saved", within: int = WAIT) -> None:
    """Wait until the answer has ended in this state, with the partial of an ended answer in place."""
    expect(answer(page, turn)).to_have_attribute("data-state", state, timeout=within)
    expect(answer(page, turn).locator(".status")).to_have_count(0)


def conversation_of(page: Page) -> UUID:
    return UUID(page.url.rstrip("/").rsplit("/", 1)[1])


def is_what_is_stored(page: Page, server: Server, turn: UUID, text: str | None = None) -> None:
    """The answer on the page is the stored message, and what a reload shows: as text, as HTML and as Markdown.

    `text`, where the test knows it, is what the message must be.
    """
    stored = server.message(turn)
    assert stored is not None, "nothing is stored"
    if text is not None:
        assert stored == text
    live = seen(page, turn)
    page.reload()
    ends(page, turn, answer(page, turn).get_attribute("data-state") or "")
    again = seen(page, turn)
    assert live == again
    assert live["raw"] == stored


def is_what_a_new_page_shows(page: Page, turn: UUID, words: str) -> None:
    """While the answer runs: the text so far, down to `words`, is neither doubled nor missing a piece.

    The end of an answer puts the stored one in place, and would hide a fault made on the way.
    """
    shows(page, turn, words)
    fresh = page.context.new_page()
    fresh.goto(page.url)
    shows(fresh, turn, words)
    assert seen(page, turn) == seen(fresh, turn)
    fresh.close()


def seen(page: Page, turn: UUID) -> dict[str, str]:
    """The answer as a person reads it, as the DOM holds it, and as it would be copied."""
    return answer(page, turn).evaluate(
        """article => {
            const content = article.querySelector(":scope > .content").cloneNode(true);
            content.normalize();
            return {
                text: article.querySelector(":scope > .content").innerText,
                html: content.innerHTML,
                raw: article.querySelector("template.raw")?.content.textContent ?? "",
            };
        }"""
    )


def until(page: Page, condition: Callable[[], object], what: str = "", within: float = WAIT / 1000) -> None:
    """Wait for something that is not on the page, while the page goes on; `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"still not so: {what}"
        page.wait_for_timeout(20)


def hide(page: Page) -> None:
    """Tell the page that its tab is hidden.

    Playwright keeps every page focused and visible (its own emulation, which a second one cannot switch off), so
    this sets what the page reads and sends the event; no test here sees Chromium slow a hidden tab's timers down.
    """
    _visibility(page, True)


def show(page: Page) -> None:
    _visibility(page, False)


def _visibility(page: Page, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            Object.defineProperty(document, "visibilityState", {value: hidden ? "hidden" : "visible", configurable: true});
            document.dispatchEvent(new Event("visibilitychange", {bubbles: true}));
        }""",
        hidden,
    )
