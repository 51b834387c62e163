"""That text comes in fewer steps to a page whose frames take long, and that none of it is lost or kept back for it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.provider import END, Provider, gated
from tests.servers import Server

from .house import ANSWER
from .talk import ends, is_what_is_stored, say, shows

WORDS = [f"word {number}, " for number in range(400)]
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


# `module(name)` is one of the page's own. `opened` gives what `paced` makes of a source that gives or breaks when told to.
HELPERS = """
    const module = (name) => import(performance.getEntriesByType("resource").map((each) => each.name)
        .find((url) => new RegExp(`/${name}\\\\b`).test(url)));
    const { drew, paced } = await module("pace");
    const opened = () => {
        let source;
        const body = new ReadableStream({ start: (sink) => { source = sink; } });
        return { give: () => source.enqueue(new Uint8Array(1)), fail: () => source.error(new TypeError("broken")), reader: paced("a turn", body.getReader()).getReader() };
    };
    const after = (ms) => new Promise((over) => setTimeout(over, ms, null));
    // Whether what comes after a step, that draws or not, waits for it to have rested. Nothing more comes after it: it must by itself.
    const rests = async ({ give, reader }, draws) => {
        give();
        await reader.read();
        if (draws) drew("a turn");
        const next = reader.read();
        await new Promise(requestAnimationFrame);
        give();
        const held = await Promise.race([next, after(25)]) === null;
        if (await Promise.race([next, after(10_000)]) === null) throw new Error("what was held never came");
        return held;
    };
    const slow = async (stream) => {
        for (let step = 0; step < 100; step++) if (await rests(stream, true)) return true;
        return false;
    };
"""


def test_only_what_is_drawn_makes_the_next_wait_so_that_the_first_words_never_do(
    server: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    slow(page)
    found = page.evaluate(
        f"""async () => {{{HELPERS}
            const stream = opened();
            const found = [await slow(stream), await rests(stream, false)];
            drew("a turn");  // the last words of an answer: nobody asks for more
            return [...found, await rests(opened(), false)];
        }}"""
    )
    assert found == [True, False, False]


def test_what_came_before_a_connection_broke_is_read_and_leaving_a_broken_one_is_no_error(
    server: Server, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)  # and the page's own errors fail the test
    slow(page)
    found = page.evaluate(
        f"""async () => {{{HELPERS}
            const broken = async () => {{
                const stream = opened();
                await slow(stream);
                stream.give();
                await stream.reader.read();
                drew("a turn");
                const next = stream.reader.read();
                stream.give();
                await null;
                stream.fail();
                return [(await next).value.length, stream.reader];
            }};
            const [left, unread] = [await broken(), await broken()];
            left[1].cancel();
            const why = await unread[1].read().catch((error) => error.message);
            await after(0);
            return [left[0], unread[0], why];
        }}"""
    )
    assert found == [1, 1, "broken"]


def test_who_scrolls_up_in_the_moment_in_which_text_comes_stays_there(
    server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    lines = "\n\n".join(f"Line {number} of them" for number in range(80))
    provider.script(ANSWER, gated(lines, "\n\nThe end."))
    page = open_page(server)
    turn = say(page)
    shows(page, turn, "Line 79 of")
    up = f"""async (by) => {{{HELPERS}
        const {{ settled }} = await module("scroll");
        const frames = async () => {{ for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame); }};
        await frames();
        const before = scrollY;
        scrollBy({{ top: -by, behavior: "instant" }});
        settled();
        await frames();
        return before - scrollY;
    }}"""
    assert page.evaluate(up, 20) == pytest.approx(20, abs=1)
    assert page.evaluate(up, 300) == pytest.approx(300, abs=1)
    top = page.evaluate("scrollY")
    provider.release(ANSWER, 2)
    ends(page, turn)
    assert page.evaluate("scrollY") == pytest.approx(top, abs=1)
