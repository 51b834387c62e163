"""What /metrics says after things have happened to a real process."""

import re
from collections.abc import Callable

import pytest

from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]


def numbers(server: Server) -> dict[str, float]:
    text = server.client("").get("/metrics").text
    return {name: float(value) for name, value in re.findall(r"^sluice_(\S+) (\S+)$", text, re.MULTILINE)}


def test_what_an_operator_watches_is_counted(
    sluice: Callable[..., Server], provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # The provider thinks for a while; that is not time that we add.
    provider.script("slow", [["gate"], ["text", "One, "], ["gate"], ["text", "two."], *END])
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as redis:
        server = sluice(REDIS_URL=redis.url, CHAT_MODERATION_URL=provider.url("words"))
        ann = server.client("ann")
        turn = ann.ask("s/slow")
        with ann.events(turn) as stream:
            next(iter(stream))  # connected
            assert numbers(server)['stream_readers{route="sse"}'] == 1
            assert numbers(server)["turns_running"] == 1
            provider.release("slow")
            while not stream.last_id.endswith(".2"):
                next(iter(stream))
        last = stream.last_id
        with ann.events(turn, after=last) as stream:
            provider.release("slow")
            assert stream.until("done")[-1].name == "done"
        assert ann.finished(ann.ask("s/forbidden"))["state"] == "held"
        assert ann.finished(ann.ask("s/status-429"))["state"] == "failed"
        provider.moderate("words", "status-500")
        assert ann.finished(ann.ask("s/hello"))["state"] == "held"
        found = numbers(server)
    assert found['stream_resumes_total{outcome="continued",route="sse"}'] >= 1
    assert found['turns_held_total{kind="flagged"}'] == 1
    assert found['turns_held_total{kind="unchecked"}'] == 1
    assert found['provider_errors_total{kind="RateLimited"}'] == 1
    assert found["first_text_seconds_count"] == found["first_text_added_seconds_count"] >= 3
    assert found["first_text_added_seconds_sum"] < found["first_text_seconds_sum"]
    assert found["log_read_seconds_count"] >= 1
    assert found["log_trouble_seconds"] == 0
    assert found["turns_running"] == 0
