"""Stop: closing the stream reaches the provider, whatever it is doing."""

import asyncio
import contextlib
import time

import pytest

from chat.llm import Asked, Client, Text
from tests.asking import QUESTION, endpoint, provider_fixtures, read
from tests.provider import Provider

running, provider = provider_fixtures()


@pytest.mark.parametrize("scenario", ["gated", "hang", "hang-after-headers"])
def test_closing_the_stream_closes_the_providers_connection(provider: Provider, scenario: str) -> None:
    async def run() -> float:
        provider.clear()
        client = Client(endpoint(provider.url(scenario)))
        task = asyncio.create_task(read(client))
        await asyncio.to_thread(provider.wait_for_request, scenario)
        task.cancel()
        stopped = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        ended = await asyncio.to_thread(provider.wait_for_end, 0)
        assert ended["ended_by"] == "client"
        await client.aclose()
        return ended["ended"] - stopped

    # The promise to the person who presses Stop, measured at the provider; what else the machine does can only add to it.
    assert min(asyncio.run(run()) for _ in range(3)) < 0.5


def test_leaving_the_loop_after_some_text_closes_the_providers_connection(provider: Provider) -> None:
    async def run() -> None:
        client = Client(endpoint(provider.url("gated")))
        async with contextlib.aclosing(client.stream(Asked(QUESTION), label="t")) as stream:
            assert await anext(stream) == Text("piece 1 ")
        assert (await asyncio.to_thread(provider.wait_for_end, 0))["ended_by"] == "client"
        await client.aclose()

    asyncio.run(run())


def test_text_is_passed_on_while_the_answer_is_still_being_written(provider: Provider) -> None:
    async def run() -> None:
        client = Client(endpoint(provider.url("gated")))
        async with contextlib.aclosing(client.stream(Asked(QUESTION), label="t")) as stream:
            for number in (1, 2, 3):
                assert await anext(stream) == Text(f"piece {number} ")
                await asyncio.to_thread(provider.release, "gated")
        await client.aclose()

    asyncio.run(run())
