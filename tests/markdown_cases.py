"""The texts that the Markdown tests stream, and one run of a stream against a page."""

from __future__ import annotations

from chat.markdown import Renderer, render
from tests.markdown_page import Page, parse
from tests.material import load

SPECIFICATIONS = (
    "open_commonmark_0.31.2.json",
    "open_gfm_0.29_extensions.json",
    "open_markdownit_strikethrough.json",
    "open_markdownit_tables.json",
    "open_mistune_math.json",
)


def texts() -> list[str]:
    """Every text of the Markdown cases: specifications, cut-off inputs, real answers."""
    found = [case["markdown"] for name in SPECIFICATIONS for case in load(f"3-markdown/{name}")["cases"]]
    found += [case["input"] for case in load("3-markdown/open_incomplete_remend.json")["cases"]]
    found += [case["text"] for case in load("3-markdown/open_llm_answers.jsonl")]
    return found


def attacks() -> list[str]:
    """Payloads against the page: scripts, handlers, and pictures that tell a stranger something."""
    found = [case["payload"] for case in load("5-moderation/xss_dompurify.json")["cases"]]
    found += [case["payload"] for case in load("5-moderation/xss_payloadsallthethings.json")["cases"]]
    found += [case["markdown"] for case in load("5-moderation/exfiltration_markdown.json")["cases"]]
    return found


def stream(text: str, size: int, whole_prefixes: bool = True) -> list[str]:
    """Stream `text` in pieces of `size`; the HTML after each piece.

    Asserts at every prefix that the page holds `Renderer.html`, that a renderer which got the prefix in
    one piece would hold the same, and at the end that both hold what `render` gives.
    """
    renderer, page, seen = Renderer(), Page(), []
    for start in range(0, len(text), size):
        patches = renderer.feed(text[start : start + size])
        assert all(patch.swap != "innerHTML" for patch in patches), "drawn anew in the middle"
        page.apply(patches)
        shown = page.content.shape()
        assert shown == parse(renderer.html).shape(), "the page is not what the renderer thinks"
        if whole_prefixes:
            other = Renderer()
            other.feed(text[: start + size])
            assert shown == parse(other.html).shape(), "the drawing depends on the cuts"
        seen.append(renderer.html)
    page.apply(renderer.finish())
    assert page.content.shape() == parse(render(text)).shape() == parse(renderer.html).shape()
    return seen
