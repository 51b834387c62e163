"""What the chat page weighs, what the server takes, and that a long answer costs in proportion to its length."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page

from tests.provider import END, Provider
from tests.servers import Server

from .standing import standing

pytestmark = [pytest.mark.slow, pytest.mark.server]

KB = 1000
LINES = (500, 1000, 2000)


@dataclass
class Wire:
    """The bytes of each response as they came over the wire, heads included, by address."""

    addresses: dict[str, str] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)

    def over(self, session: CDPSession) -> "Wire":
        session.on(
            "Network.responseReceived",
            lambda e: self.addresses.update({e["requestId"]: e["response"]["url"]}),
        )
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.dataReceived", self._arrived)
        session.send("Network.enable")
        return self

    def _finished(self, event: dict[str, Any]) -> None:
        if not self._is_stream(event):
            self._count(event["requestId"], event["encodedDataLength"])

    def _arrived(self, event: dict[str, Any]) -> None:
        # Whether a stream is left by its reader or ended by the server is a race, so it is counted as it arrives.
        if self._is_stream(event):
            self._count(event["requestId"], event["encodedDataLength"])

    def _is_stream(self, event: dict[str, Any]) -> bool:
        return self.addresses.get(event["requestId"], "").endswith("/events")

    def _count(self, request: str, size: int) -> None:
        address = self.addresses.get(request, "")
        self.bytes[address] = self.bytes.get(address, 0) + int(size)

    def of(self, part: str) -> int:
        return sum(size for address, size in self.bytes.items() if part in address)


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
    with standing(prepared_data, tmp_path_factory.mktemp("weight"), **settings) as server:
        yield server


def test_the_server_is_small_ten_seconds_after_its_start(standing_server: Server) -> None:
    # Run first, and the age is what is asked about: there is no event to wait for.
    standing_server.client("ann").get("/").raise_for_status()
    assert standing_server.process is not None
    ticks = int(Path(f"/proc/{standing_server.process.pid}/stat").read_text().rpartition(")")[2].split()[19])
    age = float(Path("/proc/uptime").read_text().split()[0]) - ticks / 100
    time.sleep(max(0.0, 10 - age))
    print(f"resident: {standing_server.resident / 1e6:.0f} MB")
    assert standing_server.resident <= 120e6


def test_a_cold_chat_page_is_light(standing_server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(standing_server, path="about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    wire = Wire().over(session)
    page.goto("/", wait_until="networkidle")
    print({address.rpartition("/")[2] or "page": size for address, size in wire.bytes.items()})
    scripts, everything = wire.of(".js"), wire.of("")
    print(f"scripts: {scripts} bytes, everything: {everything} bytes, {len(wire.bytes)} requests")
    assert len(wire.bytes) > 10
    assert 10 * KB < scripts <= 60 * KB
    assert everything <= 150 * KB


def code(lines: int) -> str:
    body = "".join(f"value_{n:05} = compute(first={n:05}, second='{n:05}')  # {n:05}\n" for n in range(lines))
    return f"```python\n{body}```\n"


def streamed(page: Page, provider: Provider, lines: int) -> dict[str, Any]:
    """What one answer with so many lines of code costs the wire and the page."""
    text = code(lines)
    # As many pieces a second whatever the length, so that a longer answer also takes longer.
    pieces = [
        step for at in range(0, len(text), 60) for step in (["text", text[at : at + 60]], ["wait", 0.001])
    ]
    provider.script("answer", [*pieces, *END])
    page.goto("/")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    wire = Wire().over(session)
    page.evaluate("""() => {
        window.longest = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((e) => { window.longest = Math.max(window.longest, e.duration); }))
            .observe({ type: "longtask" });
    }""")
    before = _task_seconds(session)
    page.get_by_label("Message", exact=True).fill(f"{lines} lines, please.")
    page.keyboard.press("Enter")
    # Not a locator's expectation: to ask a large page for its roles again and again costs more than drawing it.
    page.evaluate("""() => new Promise((over) => {
        const timer = setInterval(() => {
            if (!document.querySelector(".answer[data-state=saved]:not(:has(.status))")) return;
            clearInterval(timer);
            over();
        }, 100);
    })""")
    cost = {
        "lines": lines,
        "bytes": wire.of("/events"),
        "seconds": round(_task_seconds(session) - before, 2),
        "longest task, ms": page.evaluate("window.longest"),
        "drawn": page.evaluate(
            "[...document.querySelectorAll('.answer code')].reduce((sum, code) => sum + code.textContent.split('\\n').length - 1, 0)"
        ),
    }
    session.detach()
    return cost


def _task_seconds(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(each["value"] for each in metrics if each["name"] == "TaskDuration")


def test_a_long_code_block_costs_in_proportion(
    standing_server: Server, provider: Provider, open_page: Callable[..., Page]
) -> None:
    page = open_page(standing_server)
    streamed(page, provider, 100)  # what only the first answer costs
    costs = [streamed(page, provider, lines) for lines in LINES]
    for cost in costs:
        print(cost)
    least = costs[0]
    for cost in costs[1:]:
        times = cost["lines"] / least["lines"]
        assert cost["drawn"] >= cost["lines"]
        assert cost["bytes"] > 40 * cost["lines"]
        assert cost["bytes"] == pytest.approx(times * least["bytes"], rel=0.15)
    # Generous: the machine is shared. A square law would be sixteen times as much, and proportion is four.
    assert costs[-1]["seconds"] < 10 * least["seconds"]
