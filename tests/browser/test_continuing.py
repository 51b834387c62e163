"""A process dies in the middle of an answer that is on the screen; the reader sees a pause, and then the rest."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.provider import Provider
from tests.redis_server import RedisServer
from tests.servers import Server

from .answers import MARKS, RICH
from .conftest import Watch
from .house import ANSWER, NETWORK, Steps, asking
from .talk import answer, ends, is_what_is_stored, shows

# Every state of the answer that is painted or could be: its text, and what the page says of it.
RECORD = """article => {
    window.recorded = [];
    const look = () => {
        const content = article.querySelector(":scope > .content");
        const status = article.querySelector(".status");
        if (content) window.recorded.push([content.textContent.length, status?.textContent ?? ""]);
    };
    new MutationObserver(look).observe(article, { subtree: true, childList: true, characterData: true });
    look();
}"""


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    folder: Path = tmp_path_factory.mktemp("redis")
    with RedisServer.running(folder) as server:
        yield server


def test_a_reader_sees_a_pause_and_nothing_else(
    serve: Callable[..., Server], redis: RedisServer, provider: Provider, steps: Steps,
    open_page: Callable[..., Page], watch: Watch,
) -> None:  # fmt: skip
    watch.allow(*NETWORK)
    writer = serve(**asking(provider), REDIS_URL=redis.url, CHAT_PROVIDER_CONTINUES="assistant")
    other = writer.beside()
    other.start()
    conversation = uuid4()
    turn = writer.client().ask("Go on.", conversation=conversation)
    page = open_page(other, path=f"/c/{conversation}/")
    shows(page, turn, MARKS[0])
    steps()
    shows(page, turn, MARKS[1])
    answer(page, turn).evaluate(RECORD)
    writer.kill()
    asked = provider.wait_for_request(ANSWER, 2, within=60)["body"]["messages"][-1]
    assert asked["role"] == "assistant"
    assert RICH.startswith(asked["content"])
    steps()
    shows(page, turn, MARKS[2])
    recorded = page.evaluate("window.recorded")
    provider.release(ANSWER, 99)
    ends(page, turn)
    lengths = [length for length, _ in recorded]
    assert lengths[-1] > lengths[0]
    # Where markup closes, its signs go: a line's worth at most. An answer that starts over goes back to nothing.
    assert all(after > before - 40 for before, after in itertools.pairwise(lengths)), lengths
    assert not any("again" in said for _, said in recorded), recorded
    is_what_is_stored(page, other, turn, RICH)
    expect(answer(page, turn)).to_have_attribute("data-state", "saved")
