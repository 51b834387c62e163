"""Hints to a person's other pages: few, cheap, without a word of anybody's text, and only for that person."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from channels.layers import channel_layers
from django.db import transaction
from django.test import override_settings

from chat import live
from chatsite import shared

from .redis_server import RedisServer

Layer = Any


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.slow)])
def layers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """The channel layer of one process, and the one of several."""
    if request.param == "memory":
        with _layers(shared.channel_layers("")):
            yield
        return
    with RedisServer.running(tmp_path) as redis, _layers(shared.channel_layers(redis.url)):
        yield


def _layers(chosen: dict[str, Any]) -> Any:
    return override_settings(CHANNEL_LAYERS=chosen)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    live._loop = None
    live._pending.clear()
    live._said_at = 0.0
    channel_layers.backends.clear()


def listening(person: int, during: Callable[[], Awaitable[None]]) -> list[dict[str, Any]]:
    """What a page of this person is told while `during` runs and until two pauses later."""
    heard: list[dict[str, Any]] = []

    async def scenario() -> None:
        layer: Layer = channel_layers["default"]
        live.bind(asyncio.get_running_loop())
        channel = await layer.new_channel()
        await layer.group_add(live.group(person), channel)

        async def hear() -> None:
            while True:
                heard.append(await layer.receive(channel))

        hearing = asyncio.create_task(hear())
        await during()
        # Whatever was told before this has been heard when this is.
        live.tell(person, LAST, "list")
        async with asyncio.timeout(10):
            while not any(str(LAST) in message.get("list", ()) for message in heard):
                await asyncio.sleep(0.01)
        hearing.cancel()
        await asyncio.gather(hearing, *live._sending, return_exceptions=True)
        if hasattr(layer, "flush"):
            await layer.flush()

    asyncio.run(scenario())
    for message in heard:
        message["list"] = [each for each in message.get("list", ()) if each != str(LAST)]
    return [message for message in heard if message["list"] or message.get("turns")]


LAST = UUID(int=1)


def from_a_thread(work: Callable[[], None]) -> Awaitable[None]:
    return asyncio.get_running_loop().run_in_executor(None, work)


@pytest.mark.django_db
def test_many_hints_from_many_threads_are_one_message(layers: None) -> None:
    ids = [uuid4() for _ in range(8)]

    async def during() -> None:
        def each(conversation: UUID) -> None:
            for _ in range(50):
                live._gather(live.group(7), str(conversation), "turns")

        threads = [threading.Thread(target=each, args=(conversation,)) for conversation in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    told = listening(7, during)
    assert len(told) == 1
    assert told[0] == {"type": "live.hint", "turns": sorted(map(str, ids)), "list": []}


def test_another_person_hears_nothing(layers: None) -> None:
    async def during() -> None:
        live.tell(8, uuid4(), "turns")
        live.tell(71, uuid4(), "list")

    assert listening(7, during) == []


def test_the_loop_itself_may_tell(layers: None) -> None:
    conversation = uuid4()

    async def during() -> None:
        live.tell(7, conversation, "list")

    assert [message["list"] for message in listening(7, during)] == [[str(conversation)]]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_before_the_transaction_has_committed_nor_after_it_was_rolled_back() -> None:
    lost, kept = uuid4(), uuid4()
    waiting: list[bool] = []

    def work() -> None:
        try:
            with transaction.atomic():
                live.tell(7, lost, "turns")
                raise LookupError
        except LookupError:
            pass
        with transaction.atomic():
            live.tell(7, kept, "turns")
            waiting.append(bool(live._pending))
        from django.db import connection

        connection.close()

    told = listening(7, lambda: from_a_thread(work))
    assert [message["turns"] for message in told] == [[str(kept)]]
    assert waiting == [False]


@pytest.mark.slow
def test_a_redis_that_does_not_answer_costs_the_teller_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> float:
        live.bind(asyncio.get_running_loop())
        redis.pause()
        began = time.monotonic()
        for _ in range(100):
            live.tell(7, uuid4(), "turns")
        took = time.monotonic() - began
        while not caplog.records:
            await asyncio.sleep(0.02)
        redis.resume()
        await asyncio.gather(*live._sending)
        return took

    with RedisServer.running(tmp_path) as redis, _layers(shared.channel_layers(redis.url)):
        assert asyncio.run(scenario()) < live.PATIENCE
    assert len(caplog.records) == 1
    assert "they look by themselves" in caplog.text


def test_without_a_loop_hints_go_nowhere_and_nobody_minds() -> None:
    live._gather(live.group(7), str(uuid4()), "turns")
    assert not live._pending
    loop = asyncio.new_event_loop()
    live.bind(loop)
    loop.close()
    live._gather(live.group(7), str(uuid4()), "turns")
