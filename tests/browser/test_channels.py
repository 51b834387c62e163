"""What a person sees of reasoning, refusals and calls of tools: folded at first, right at every moment, gone when held."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.provider import END, FORBIDDEN, Provider
from tests.provider_scripts import CALLED, call
from tests.proxy import Proxy
from tests.servers import Server

from .conftest import Watch
from .house import ANSWER, NETWORK
from .talk import WAIT, answer, content, ends, say, shows

THOUGHTS = "\n\nLet me <b>see</b> & count:\n 1  2\n"
STEPS = [
    ["reasoning", "\n"], ["reasoning", THOUGHTS[1:9]], ["gate"], ["reasoning", THOUGHTS[9:]], ["gate"],
    ["text", "I look **it** up."], call(0, '{"city": "Par', "weather", "c0"), ["gate"],
    call(1, "{}", "clock", "c1"), call(0, 'is", "days": [1, 2'), ["refusal", "But I will not *say* it."], ["gate"],
    call(0, ", 3]}"), ["text", " Done."], ["gate"], *CALLED,
]  # fmt: skip
# Each place as the DOM has it, and as a person reads it with the reasoning unfolded.
SEEN = """article => Object.fromEntries(["thoughts", "content", "refusal", "calls"].map((place) => {
    const node = article.querySelector("." + place).cloneNode(true);
    node.normalize();
    return [place, node.innerHTML];
}))"""


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


def seen(page: Page, turn: UUID) -> dict[str, str]:
    return answer(page, turn).evaluate(SEEN)


def same_as_a_new_page(page: Page, turn: UUID) -> None:
    """Both have come to rest at the same gate."""
    fresh = page.context.new_page()
    fresh.goto(page.url)
    want = seen(page, turn)
    fresh.wait_for_function(
        f"([id, want]) => {{ const now = ({SEEN})(document.getElementById(id));"
        " return Object.keys(want).every((key) => now[key] === want[key]); }",
        arg=[f"answer-{turn}", want],
        timeout=WAIT,
    )
    fresh.close()


def test_reasoning_is_folded_and_every_channel_is_right_through_cuts_and_after_a_reload(
    server: Server, provider: Provider, proxy: Proxy, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(*NETWORK)
    provider.clear()
    provider.script(ANSWER, STEPS)
    page = open_page(server, via=proxy)
    turn = say(page)
    article = answer(page, turn)
    fold, thoughts = article.locator(".reasoning"), article.locator(".thoughts")
    expect(fold).to_be_visible()
    expect(thoughts).to_be_hidden()
    expect(fold.locator("summary")).to_have_text("Reasoning")
    expect(article.locator(".status-text")).to_have_text("Thinking…")
    fold.locator("summary").click()
    expect(thoughts).to_contain_text("Let me")
    assert "Let me" not in page.locator("#announce").inner_text()
    same_as_a_new_page(page, turn)
    proxy.cut()
    provider.release(ANSWER)
    expect(thoughts).to_contain_text("<b>see</b> & count")
    assert thoughts.evaluate("node => node.textContent") == THOUGHTS
    same_as_a_new_page(page, turn)
    provider.release(ANSWER)
    shows(page, turn, "I look it up.")
    expect(article.locator(".status-text")).to_have_text("Writing…")
    expect(article.locator(".call")).to_have_count(1)
    same_as_a_new_page(page, turn)
    proxy.cut()
    provider.release(ANSWER)
    expect(article.locator(".refusal em")).to_have_text("say")
    expect(article.locator(".call")).to_have_count(2)
    same_as_a_new_page(page, turn)
    provider.release(ANSWER)
    shows(page, turn, "Done.")
    same_as_a_new_page(page, turn)
    provider.release(ANSWER)
    ends(page, turn)
    # What a reader has unfolded stays so; a page that is opened anew is folded.
    expect(thoughts).to_be_visible()
    ended = seen(page, turn)
    assert article.locator("template.raw").evaluate("node => node.content.textContent") == (
        "I look **it** up. Done.\n\nBut I will not *say* it."
    )
    page.reload()
    ends(page, turn)
    assert seen(page, turn) == ended
    expect(thoughts).to_be_hidden()
    expect(content(page, turn)).to_have_text("I look it up. Done.")


def test_reasoning_that_was_seen_goes_when_the_answer_is_held_and_that_is_on_record(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.clear()
    provider.script(ANSWER, [["reasoning", f"Is {FORBIDDEN} said? "], ["gate"], ["text", "Yes."], *END])
    page = open_page(server)
    turn = say(page)
    article = answer(page, turn)
    expect(article.locator(".reasoning")).to_be_visible()
    article.locator(".reasoning summary").click()
    expect(article.locator(".thoughts")).to_contain_text(FORBIDDEN)
    provider.release(ANSWER)
    ends(page, turn, "held")
    expect(article.locator(".reasoning, .content, .refusal, .calls")).to_have_count(0)
    assert FORBIDDEN not in page.content()
    key = str(turn) if server.database else turn.hex
    rows = server.rows("SELECT route, beside FROM chat_exposure WHERE turn_id = %s", key)
    assert ("sse", len(f"Is {FORBIDDEN} said? ")) in rows
    page.reload()
    ends(page, turn, "held")
    assert FORBIDDEN not in page.content()


def test_without_scripts_reasoning_and_calls_are_there_once_they_are_judged(
    server: Server, provider: Provider, open_page: Callable[..., Page], watch: Watch
) -> None:
    watch.allow("the frame is sandboxed", "Blocked script execution")
    provider.clear()
    provider.script(
        ANSWER, [["reasoning", "Hm, hm."], call(0, '{"city": "Paris"}', "weather", "c0"), *CALLED]
    )
    page = open_page(server, java_script_enabled=False)
    page.get_by_label("Message", exact=True).fill("Go on.")
    page.get_by_role("button", name="Send", exact=True).click()
    article = page.locator("#turns .answer").last
    expect(article).to_have_attribute("data-state", "saved")
    expect(article.locator(".call")).to_contain_text("weather")
    expect(article.locator(".thoughts")).to_be_hidden()
    article.locator(".reasoning summary").click()
    expect(article.locator(".thoughts")).to_have_text("Hm, hm.")
