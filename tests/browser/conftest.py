"""A real browser, the system's Chromium, at a real server. Every test here carries the mark `browser`."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.proxy import Proxy
from tests.servers import Server

from .house import begun, house, provider, steps  # noqa: F401
from .talk import WAIT

expect.set_options(timeout=WAIT)

# Chromium's own conversations with the network: an attempt would look like the page's.
_QUIET = [
    "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-default-apps", "--disable-domain-reliability", "--no-first-run", "--no-pings",
]  # fmt: skip


DOORS = ("/events", "/ws/turns/")


def chromium() -> str | None:
    """Where this machine keeps a Chromium, if it has one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = pytest.mark.skip(reason="no browser found; install one: apt install chromium")
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            if chromium() is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright's, with the system's browser; it refuses its sandbox to root."""
    args = [*_QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {**browser_type_launch_args, "executable_path": chromium(), "args": args}


class Watch:
    """What a page must not do. `allow("…")` forgives messages and addresses that contain the words."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.allowed: list[str] = []

    def allow(self, *words: str) -> None:
        self.allowed += words

    def over(self, page: Page, hosts: set[str]) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        page.on("request", lambda request: self._request(request, hosts))

    def verdict(self) -> list[str]:
        return [each for each in self.complaints if not any(words in each for words in self.allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        # A CSP violation is an error here too.
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request, hosts: set[str]) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "about"} and address.netloc not in hosts:
            self.complaints.append(f"foreign request: {request.url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test on a console error, a script error, a CSP violation or a request to another host."""
    watch = Watch()
    yield watch
    assert watch.verdict() == []


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    """A server with the demo provider; a test that needs other settings calls `serve` itself."""
    return serve()


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """Between the browser and `server`; its faults concern both doors to an answer."""
    with Proxy(server.address, only=DOORS) as between:
        yield between


@pytest.fixture
def open_page(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a browser context of its own, signed in: `open_page(server, "ann", "/", via=proxy)`.

    Further words go to the context: viewport={"width": 390, "height": 844}, color_scheme="dark",
    java_script_enabled=False. The page's context opens more tabs of the same person.
    """
    contexts: list[BrowserContext] = []

    def page(
        server: Server, person: str = "ann", path: str = "/", *, via: Proxy | None = None, **context: Any
    ) -> Page:
        url = (via or server).url
        made = browser.new_context(base_url=url, service_workers="block", **context)
        contexts.append(made)
        made.set_default_timeout(WAIT)
        made.on("page", lambda page: watch.over(page, {urlsplit(url).netloc}))
        if person:
            session = {"name": "sessionid", "value": server.sessions[person], "url": url, "httpOnly": True}
            made.add_cookies([session])  # type: ignore[list-item]
        opened = made.new_page()
        opened.goto(path)
        return opened

    yield page
    for each in contexts:
        each.close()


@pytest.fixture
def browser_page(server: Server, open_page: Callable[..., Page]) -> Page:
    """The chat page of ann, on a desktop."""
    return open_page(server)
