"""Turns in a queue, answered by worker processes: web processes only serve, and no death or end of any loses a turn."""

from collections.abc import Callable, Iterator

import pytest

from tests.provider import Provider
from tests.redis_server import RedisServer
from tests.server.reading import Page
from tests.servers import Server
from tests.sse import Event, Stream

pytestmark = [pytest.mark.server, pytest.mark.slow]

SOON = 1.5  # seconds: less than the 3 s after which the owner of a turn would notice by itself


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def web(sluice: Callable[..., Server], redis: RedisServer) -> Server:
    """A web process whose turns wait for workers: `web.beside("worker").start()`."""
    server = sluice(wait=False, REDIS_URL=redis.url, CHAT_RUNNER="procrastinate")
    if not server.database:
        pytest.skip("the queue lies in PostgreSQL")
    return server.start()


def until_shown(stream: Stream, page: Page, text: str) -> list[Event]:
    """Read until the page holds this text."""
    seen = []
    while text not in page.text:
        event = next(iter(stream))
        page.apply(event)
        seen.append(event)
    return seen


def to_the_end(stream: Stream, page: Page) -> list[Event]:
    seen = []
    for event in stream:
        page.apply(event)
        seen.append(event)
    return seen


def jobs(web: Server) -> int:
    return web.rows("SELECT count(*) FROM procrastinate_jobs")[0][0]


def test_a_turn_is_answered_by_a_worker(web: Server, provider: Provider) -> None:
    ann = web.client()
    assert "no worker is running" in ann.get("/readyz").text
    turn = ann.ask("s/hello")
    worker = web.beside("worker").start()
    assert ann.finished(turn)["state"] == "saved"
    assert web.message(turn)
    assert ann.finished(ann.ask("s/hello"))["state"] == "saved"
    assert ann.get("/readyz").text == "ready\n"
    assert worker.terminate() == 0
    assert jobs(web) == 0
    assert "no worker is running" in ann.get("/readyz").text
    assert "Traceback" not in worker.log + web.log
