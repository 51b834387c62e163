"""One server and one fake provider for all tests of a file, which keeps starting them from being most of the time."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.client import Client
from tests.prepared import PASSWORD
from tests.provider import Provider
from tests.proxy import Proxy
from tests.servers import Server

from .answers import MARKS, RICH, in_steps
from .standing import standing
from .talk import ends, is_what_a_new_page_shows, is_what_is_stored, say, shows

ANSWER = "answer"  # the provider's scenario that every answer plays; a test scripts it
CHECK = "check"  # the scenario of the moderation endpoint; passes what is not scripted and not FORBIDDEN

# What Chromium and htmx say on the console of a connection that a test has broken.
NETWORK = (
    "net::ERR_", "Failed to load resource", "htmx:sse:error", "Failed to fetch", "WebSocket connection to"
)  # fmt: skip


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    with Provider.running() as provider:
        yield provider


@pytest.fixture(scope="module")
def house(
    prepared_data: tuple[Path, str, dict[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
    provider: Provider,
) -> Iterator[Server]:
    """A server that asks the fake provider, over a copy of the prepared data. Tests share it, not conversations."""
    with standing(prepared_data, tmp_path_factory.mktemp("house"), **asking(provider)) as server:
        yield server


def asking(provider: Provider) -> dict[str, str]:
    """The settings with which a server asks the fake provider for answers and for verdicts."""
    return {
        "CHAT_PROVIDER_PROTOCOL": "openai", "CHAT_PROVIDER_URL": provider.url(ANSWER), "CHAT_MODEL": "fake",
        "CHAT_MODERATION_URL": provider.url(CHECK), "CHAT_MAX_RUNNING": "60",
    }  # fmt: skip


class Steps:
    """answers.RICH in four parts, the first already on its way. Each call lets the next part through."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._left = 3

    def __call__(self) -> None:
        self._left -= 1
        self._provider.release(ANSWER)

    def finish(self, page: Page, server: Server, turn: UUID) -> None:
        """Let the rest through, and compare: what is on the page with what a new page shows, before its end and after."""
        self._provider.release(ANSWER, self._left)
        is_what_a_new_page_shows(page, turn, "and the end.")
        self._provider.release(ANSWER)
        ends(page, turn)
        is_what_is_stored(page, server, turn, RICH)


@pytest.fixture
def steps(provider: Provider) -> Iterator[Steps]:
    provider.clear()  # a test of another file may have opened gates that nobody has reached
    provider.script(ANSWER, in_steps())
    yield Steps(provider)
    provider.release(ANSWER, 99)
    provider.clear()


@pytest.fixture
def begun(server: Server, proxy: Proxy, steps: Steps, open_page: Callable[..., Page]) -> tuple[Page, UUID]:
    """ann's page, through the proxy, with the first part of that answer."""
    page = open_page(server, via=proxy)
    turn = say(page)
    shows(page, turn, MARKS[0])
    return page, turn


def sign_in(server: Server, context: BrowserContext, person: str, url: str, password: str = PASSWORD) -> str:
    """Give the browser a session of its own, which a test may end; its key."""
    with Client(server.address) as client:
        client.sign_in(person, password)
        session = client.cookies.get("sessionid")
    assert session, f"{person} could not sign in"
    context.add_cookies([{"name": "sessionid", "value": session, "url": url, "httpOnly": True}])
    return session


def head_size(proxy: Proxy) -> int:
    """How many bytes come before the body of an event stream."""
    start = proxy.down.rindex(b"HTTP/1.1 200", 0, proxy.down.index(b"text/event-stream"))
    return proxy.down.index(b"\r\n\r\n", start) + 4 - start
