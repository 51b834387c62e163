"""What REDIS_URL chooses: an address that can be one, and the layer that carries what is not a turn's text."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from chatsite import shared

from .redis_server import RedisServer


@pytest.mark.parametrize(
    "address",
    [
        "",
        "redis://localhost",
        "redis://:pass@host:6379/3",
        "rediss://u:p@host:6380",
        "unix:///run/redis.sock",
    ],
)
def test_an_address_that_can_be_one_is_taken_as_it_is(address: str) -> None:
    assert shared.redis(address) == address


@pytest.mark.parametrize(
    "address", ["localhost:6379", "http://host", "redis://", "redis://:secret@:x", "unix:"]
)
def test_any_other_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL cannot be read; write redis://") as refusal:
        shared.redis(address)
    assert "secret" not in str(refusal.value)


def test_one_process_needs_no_redis_for_its_channels() -> None:
    assert shared.channel_layers("")["default"]["BACKEND"] == "channels.layers.InMemoryChannelLayer"


@pytest.mark.slow
def test_what_one_process_sends_to_a_group_another_hears(tmp_path: Path) -> None:
    async def scenario(one: Any, two: Any) -> None:
        channel = await two.new_channel()
        await two.group_add("desk", channel)
        await one.group_send("desk", {"type": "case", "number": 7})
        async with asyncio.timeout(10):
            assert await two.receive(channel) == {"type": "case", "number": 7}
        for layer in (one, two):
            await layer.flush()

    with RedisServer.running(tmp_path) as redis:
        chosen = shared.channel_layers(redis.url)["default"]
        layer = import_string(chosen["BACKEND"])
        asyncio.run(scenario(layer(**chosen["CONFIG"]), layer(**chosen["CONFIG"])))
