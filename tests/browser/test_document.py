"""JSON documents in a real page: the patches as htmx applies them, against the drawing of the whole."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from chat.partial_json import Document, render
from chat.wire import partials
from tests.material import load

pytestmark = [pytest.mark.slow]

STATIC = Path(__file__).resolve().parent.parent.parent / "static"
PAGE = '<main class="turn"><article class="answer" id="a"><div class="content"></div></article></main>'
# Each message as the extension for event streams swaps it; after it the page's markup against the document's.
PLAY = """async (messages) => {
    const article = document.querySelector("#a"), content = article.querySelector(".content");
    const other = document.createElement("div");
    const markup = (element) => { const copy = element.cloneNode(true); copy.normalize();
        copy.querySelectorAll("*").forEach((each) => { each.removeAttribute("data-htmx-powered"); if (!each.className) each.removeAttribute("class"); });
        return copy.innerHTML; };
    content.replaceChildren();
    for (const [text, html] of messages) {
        if (text) await htmx.swap({ sourceElement: article, target: article, text, swap: "none swapEmpty:true", request: {}, response: {} });
        other.innerHTML = html;
        if (markup(content) !== markup(other)) return [text, markup(content), markup(other)];
    }
    return null;
}"""
ROWS = [
    {"name": "Ünï", "price": 2.5},
    {"price": 3, "name": "b"},
    {"name": "c", "note": "late"},
    7,
    {},
    {"z": [{"q": 1}]},
]
EVERYTHING = {
    "title": "A <b>bold</b> & \"quoted\"\r\nname", "count": 28.5, "ok": True, "none": None, "tags": ["a", 1, [], {}],
    "rows": ROWS, "deep": {"a": {"b": [{"c": [{"d": [{"e": 1}]}]}]}}, "empty": "", "long": "words and words " * 150,
}  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 900, "height": 900})
    page = context.new_page()
    page.set_content(PAGE)
    for name in ("base.css", "answer.css", "document.css"):
        page.add_style_tag(content=(STATIC / "css" / name).read_text(encoding="utf-8"))
    page.add_script_tag(content=(STATIC / "vendor" / "htmx.min.js").read_text(encoding="utf-8"))
    yield page
    context.close()


def messages(text: str, size: int, schema: Any = None) -> list[tuple[str, str]]:
    """For each piece what is sent, and what the page is to hold then."""
    doc = Document(schema)
    found = []
    for start in range(0, len(text), size):
        sent = "".join(partials(".content", doc.feed(text[start : start + size])))
        found.append((sent, doc.html))
    found.append(("".join(partials(".content", doc.finish())), render(text, schema)))
    return found


@pytest.mark.parametrize("size", [1, 5, 64])
def test_the_patches_give_the_page_that_a_reload_gives(page: Page, size: int) -> None:
    texts = [
        json.dumps(EVERYTHING),
        json.dumps(ROWS, indent=2),
        '{"a":1}\n```',
        "Sure!\n{}",
        '{"a":[1,',
        "12",
        '"x"',
    ]
    texts += ["".join(case["fragments"]) for case in load("4-json/real_argument_streams.jsonl")]
    texts += [case["input"] for case in load("4-json/partial_json_cases.json")]
    for text in texts:
        assert page.evaluate(PLAY, messages(text, size)) is None, text


def test_the_comparison_of_these_tests_can_tell_a_difference(page: Page) -> None:
    told = messages('{"a":[1,2]}', 1)
    assert page.evaluate(PLAY, told) is None
    del told[-3]
    assert page.evaluate(PLAY, told) is not None


def test_what_is_open_looks_open_and_a_reader_of_the_screen_hears_of_the_end(page: Page) -> None:
    text = json.dumps(EVERYTHING)
    half = messages(text[: text.index("28.5") + 2], 7)[:-1]
    assert page.evaluate(PLAY, half) is None
    open_ones = page.locator(".content [data-open]")
    assert open_ones.count() == 1
    assert open_ones.inner_text() == "28"
    assert page.evaluate("getComputedStyle(document.querySelector('[data-open]'), '::after').width") != "auto"
    assert page.evaluate(PLAY, messages(text, 7)) is None
    assert open_ones.count() == 0
    assert page.locator(".content > p").inner_text() == "End of the document."
