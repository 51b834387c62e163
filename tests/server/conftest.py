"""Servers whose model is the fake provider: the question names the answer that is played."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.provider import Provider
from tests.redis_server import RedisServer
from tests.servers import Server


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with Provider.running() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.clear()
    return running


@pytest.fixture
def sluice(serve: Callable[..., Server], provider: Provider) -> Callable[..., Server]:
    """Starts servers: `sluice(CHAT_MAX_RUNNING="2")`; then `client.ask("s/hello")` is answered by that scenario."""

    def start(**env: Any) -> Server:
        settings = {
            "CHAT_PROVIDER_PROTOCOL": "openai", "CHAT_PROVIDER_URL": provider.url("asked"), "CHAT_MODEL": "fake",
            "CHAT_MAX_RUNNING": "300", **env,
        }  # fmt: skip
        return serve(**settings)

    return start


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as server:
        yield server
