"""Every broken gateway of the shared cases, as a person meets it: in a browser, in front of a real server."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tests.gateways import DIALECTS, FIRST_BYTE, IDLE, TOTAL, Case, cases
from tests.provider import Provider
from tests.servers import Server

from .standing import standing
from .talk import answer, content, ends, say

pytestmark = pytest.mark.slow

KEY = "recognisable-key-0987654321"


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def server(
    dialect: str,
    prepared_data: tuple[Path, str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
) -> Iterator[Server]:
    """Its provider plays what the question names, and the limits are short."""
    settings = {
        "CHAT_PROVIDER_PROTOCOL": dialect, "CHAT_PROVIDER_URL": provider.url("asked"), "CHAT_MODEL": "fake",
        "CHAT_PROVIDER_KEY": KEY, "CHAT_FIRST_BYTE_TIMEOUT": str(FIRST_BYTE),
        "CHAT_IDLE_TIMEOUT": str(IDLE), "CHAT_TOTAL_TIMEOUT": str(TOTAL * 4),
    }  # fmt: skip
    if dialect == "anthropic":
        settings["CHAT_TOTAL_TIMEOUT"] = str(TOTAL)  # pings without an answer are no silence
    with standing(prepared_data, tmp_path_factory.mktemp("gateways"), **settings) as server:
        yield server


def test_every_broken_gateway_ends_in_a_sentence_with_what_came_kept(
    dialect: str, server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    seen = {}
    # First what does not fit the model: where there is something to leave out, it is asked again without that.
    for case in sorted(cases(dialect), key=lambda case: case.id != "error-vllm-old"):
        began = time.monotonic()
        turn = say(page, f"case/{case.id}")
        ends(page, turn, case.state)
        assert time.monotonic() - began < TOTAL * 4 + 10, case.id
        _reads(page, turn, case)
        seen[turn] = _drawn(page, turn)
        assert len(provider.requests(f"case/{case.id}")) == case.requests, case.id
        assert (server.message(turn) or "") == case.text, case.id
        _is_told_to_the_operator(server, turn, case)
    page.reload()
    again = {turn: _drawn(page, turn) for turn in seen if answer(page, turn).count()}
    assert len(again) >= min(len(seen), 10)  # a long conversation's beginning is behind a link
    assert again == {turn: seen[turn] for turn in again}
    assert KEY not in page.content() + server.log


def _reads(page: Page, turn: UUID, case: Case) -> None:
    """What the person has in front of them: the text that came, our sentence, the provider's words when unfolded."""
    shown = answer(page, turn)
    assert content(page, turn).inner_text().strip() == case.text.strip(), case.id
    outcome, said = shown.locator(".outcome"), shown.locator("details.said")
    if case.ends:
        expect(outcome).to_have_count(0)
        expect(said).to_have_count(0)
        return
    sentence = outcome.inner_text()
    assert sentence.startswith("Interrupted. " if case.text else "There is no answer. "), (case.id, sentence)
    assert sentence.endswith(f". Reference {str(turn)[:8]}"), (case.id, sentence)
    expect(shown.get_by_role("button", name="Retry")).to_be_visible()
    if case.shown in sentence:
        return
    words = said.locator("p")
    expect(words).to_be_hidden()
    said.locator("summary").click()
    expect(words).to_be_visible()
    assert case.shown in words.inner_text(), (case.id, sentence, words.inner_text())
    said.locator("summary").click()


def _is_told_to_the_operator(server: Server, turn: UUID, case: Case) -> None:
    lines = [line for line in server.log.splitlines() if f"turn {turn}" in line and "WARNING" in line]
    assert bool(lines) is not case.ends, (case.id, lines)


def _drawn(page: Page, turn: UUID) -> str:
    """The answer without what depends on its place in the conversation."""
    return answer(page, turn).evaluate(
        """article => [...article.querySelectorAll(":scope > .content, .outcome, .said")]
            .map(each => each.outerHTML.replace(/\\s+/g, " ")).join("\\n")"""
    )
