"""What tests of several processes share: reading to a point, looking into Redis, waiting for readiness."""

import time

from tests.client import Client
from tests.redis_server import RedisServer
from tests.server.reading import Page
from tests.servers import START, Server
from tests.sse import Event, Stream


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


def logs(redis: RedisServer) -> list[list[object]]:
    return [redis.say("XRANGE", key, "-", "+") for key in redis.say("KEYS", "sluice:log:*")]


def unready(client: Client, sentence: str, status: int = 503, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while (found := client.get("/readyz")).status_code != status or sentence not in found.text:
        assert time.monotonic() < deadline, found.text
        time.sleep(0.05)


def refused(server: Server) -> str:
    server.launch()
    assert server.process is not None
    assert server.process.wait(timeout=START) == 1
    assert "Traceback" not in server.log
    return server.log.strip().splitlines()[-1]
