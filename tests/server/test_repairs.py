"""A repair is a turn like any other: it outlives the process that asked for it, and is answered wherever turns are."""

import time
from collections.abc import Callable
from uuid import UUID

import pytest

from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.server import sound
from tests.servers import Server
from tests.shapes import CUT_OFF, VALID, ask_for

pytestmark = [pytest.mark.server, pytest.mark.slow]

ORDERS = "orders"


def repairs(server: Server) -> list[UUID]:
    return [UUID(str(key)) for (key,) in server.rows("SELECT id FROM chat_turn WHERE kind = 'repair'")]


def until_repaired(server: Server, within: float = 60) -> None:
    """Wait until the one repair there is has been saved."""
    deadline = time.monotonic() + within
    while not (found := repairs(server)) or server.turn(found[0])["status"] != "saved":
        assert time.monotonic() < deadline, [server.turn(each) for each in found]
        time.sleep(0.05)
    assert len(found) == 1
    assert server.message(found[0]) == VALID


def test_a_repair_outlives_the_process_that_asked_for_it(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_URL=provider.url(ORDERS))
    ask_for(server)
    provider.script(ORDERS, [["text", CUT_OFF], *END], [["hang"]], [["text", VALID], *END])
    ann = server.client()
    assert ann.finished(ann.ask("An order"))["state"] == "saved"
    provider.wait_for_request(ORDERS, 2)
    server.kill()
    server.start()
    until_repaired(server)
    sound.check(server)


@pytest.mark.postgresql
def test_a_worker_asks_for_a_repair_and_answers_it(
    sluice: Callable[..., Server], redis: RedisServer, provider: Provider
) -> None:
    url = provider.url(ORDERS)
    web = sluice(wait=False, REDIS_URL=redis.url, CHAT_RUNNER="procrastinate", CHAT_PROVIDER_URL=url).start()
    ask_for(web)
    provider.script(ORDERS, [["text", CUT_OFF], *END], [["text", VALID], *END])
    worker = web.beside("worker").start()
    ann = web.client()
    assert ann.finished(ann.ask("An order"))["state"] == "saved"
    until_repaired(web)
    assert ann.finished(repairs(web)[0])["state"] == "saved"
    assert "Traceback" not in worker.log + web.log
    sound.check(web)
