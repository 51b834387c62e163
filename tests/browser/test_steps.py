"""That text comes in fewer steps to a page whose frames take long, and that none of it is lost or kept back for it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.provider import END, Provider, gated
from tests.servers import Server

from .house import ANSWER
from .talk import WAIT, content, ends, is_what_is_stored, say, shows

WORDS = [f"word {number}, " for number in range(150)]
# A step is all text that is put in without the page having had its turn in between.
COUNT = """() => {
    Object.assign(window, { messages: 0, steps: 0 });
    let within = false;
    document.addEventListener("htmx:sse:before:message", () => {
        window.messages += 1;
        if (within) return;
        within = true;
        window.steps += 1;
        setTimeout(() => { within = false; });
    });
}"""


@pytest.fixture(scope="module")
def server(house: Server) -> Server:
    return house


def slow(page: Page) -> None:
    """A machine that needs for everything about ten times as long."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 10})


def test_a_page_whose_frames_take_long_shows_several_messages_in_one_step(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, [each for word in WORDS for each in (["text", word], ["wait", 0.02])] + END)
    page = open_page(server)
    slow(page)
    page.evaluate(COUNT)
    turn = say(page)
    ends(page, turn)
    messages, steps = page.evaluate("[window.messages, window.steps]")
    print(f"{messages} messages, {steps} steps")
    assert messages > 30
    assert steps < messages * 0.6
    is_what_is_stored(page, server, turn, "".join(WORDS))


def test_such_a_page_keeps_nothing_back_when_no_more_comes(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    provider.script(ANSWER, [["text", "One "], ["text", "two "], ["wait", 0.06], *gated("three ", "four.")])
    page = open_page(server)
    slow(page)
    turn = say(page)
    shows(page, turn, "One two three")
    provider.release(ANSWER, 2)
    ends(page, turn)
    expect(content(page, turn)).to_have_text("One two three four.", timeout=WAIT)

# Steps that draw until one of them is followed by a rest, as on a page that is slow; then one that draws nothing.
RESTS = """async () => {
    const url = performance.getEntriesByType("resource").map((each) => each.name).find((name) => /\\/pace\\b/.test(name));
    const { drew, paced } = await import(url);
    let give;
    const source = new ReadableStream({ start: (sink) => { give = () => sink.enqueue(new Uint8Array(1)); } });
    const reader = paced(source.getReader()).getReader();
    const late = () => new Promise((over) => setTimeout(over, 25, null));
    const isHeld = async (draws) => {
        give();
        await reader.read();
        if (draws) drew();
        const next = reader.read();
        await new Promise(requestAnimationFrame);
        give();
        const held = await Promise.race([next, late()]) === null;
        await next;
        return held;
    };
    for (let step = 0; step < 100; step++) if (await isHeld(true)) return [true, await isHeld(false)];
    return [false, false];
}"""


def test_only_what_is_drawn_makes_the_next_wait_so_that_the_first_words_never_do(
    server: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    slow(page)
    assert page.evaluate(RESTS) == [True, False]
