"""Real answers, streamed: what the page holds at the end is what a reload shows, and what was stored."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.material import load
from tests.provider import Provider, say
from tests.servers import Server

from .standing import standing

pytestmark = [pytest.mark.slow, pytest.mark.server]

COUNT = 20  # as many turns as a page shows

# An answer as a person has it: the markup of its text, and the Markdown that would be copied.
HOLDS = """articles => articles.map((article) => {
    const content = article.querySelector(".content").cloneNode(true);
    content.normalize();
    return [content.innerHTML, article.querySelector("template.raw")?.content.textContent];
})"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider.running() as provider:
        yield provider


@pytest.fixture(scope="module")
def standing_server(
    prepared_data: tuple[Path, str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
) -> Iterator[Server]:
    settings = {
        "CHAT_PROVIDER_PROTOCOL": "openai",
        "CHAT_PROVIDER_URL": provider.url("answer"),
        "CHAT_MODEL": "fake",
    }
    with standing(prepared_data, tmp_path_factory.mktemp("answers"), **settings) as server:
        yield server


def varied(count: int) -> list[str]:
    """The `count` answers that together have most kinds of markup, the rarest kinds first."""
    answers = load("3-markdown/open_llm_answers.jsonl")
    kinds = [feature for answer in answers for feature in answer["features"]]
    answers.sort(key=lambda answer: min((kinds.count(f) for f in answer["features"]), default=len(kinds)))
    return [answer["text"] for answer in answers[:count]]


def test_a_streamed_answer_is_what_a_reload_shows(
    standing_server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    page = open_page(standing_server)
    texts = varied(COUNT)
    assert len(texts) == COUNT
    answers = page.locator("#turns .answer")
    for number, text in enumerate(texts, 1):
        provider.script("answer", say(text, piece=(1, 7, 17)[number % 3], wait=0.0005))
        page.get_by_label("Message", exact=True).fill(f"Answer {number}, please.")
        page.get_by_label("Message", exact=True).press("Enter")
        expect(answers).to_have_count(number)
        expect(answers.last).to_have_attribute("data-state", "saved", timeout=60_000)
        expect(answers.last.locator(".status")).to_have_count(0)
    live = answers.evaluate_all(HOLDS)
    page.reload()
    expect(answers).to_have_count(COUNT)
    assert live == answers.evaluate_all(HOLDS)
    assert [raw for _, raw in live] == texts
