"""A stream ends with its reader, and nothing else of it is swallowed."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from chatsite.asgi import _while_connected


class Stream:
    """Sends until it is told to end, and needs a moment for that."""

    def __init__(self) -> None:
        self.sent = 0
        self.closed = False
        self.over = asyncio.Event()

    async def send(self) -> None:
        try:
            while not self.over.is_set():
                self.sent += 1
                await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)
            self.closed = True


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 10))


def test_a_stream_ends_with_its_reader_and_what_comes_after_it_goes_on() -> None:
    async def scenario() -> None:
        stream, gone = Stream(), asyncio.Event()
        following = asyncio.ensure_future(_while_connected(gone.wait, stream.send(), True))
        while stream.sent < 3:
            await asyncio.sleep(0)
        gone.set()
        await following
        assert stream.closed

        async def goes_on() -> str:
            await _while_connected(gone.wait, Stream().send(), True)
            await asyncio.sleep(0.01)  # no cancellation is left over
            return "on"

        assert await goes_on() == "on"

    run(scenario())


def test_a_reader_who_leaves_as_it_ends_takes_nothing_along() -> None:
    async def scenario() -> None:
        for turns in range(6):
            stream, gone = Stream(), asyncio.Event()
            following = asyncio.ensure_future(_while_connected(gone.wait, stream.send(), True))
            await asyncio.sleep(0)
            stream.over.set()
            for _ in range(turns):
                await asyncio.sleep(0)
            gone.set()
            await following
            await asyncio.sleep(0)  # no cancellation is left over

    run(scenario())


def test_who_cancels_the_request_hears_of_it_even_where_the_reader_left_too() -> None:
    async def scenario() -> None:
        for leaves in (False, True):
            stream, gone = Stream(), asyncio.Event()
            following = asyncio.ensure_future(_while_connected(gone.wait, stream.send(), True))
            while not stream.sent:
                await asyncio.sleep(0)
            if leaves:
                gone.set()
                await asyncio.sleep(0)
            following.cancel()
            with pytest.raises(asyncio.CancelledError):
                await following
            assert stream.closed

    run(scenario())


def test_what_goes_wrong_while_it_is_sent_is_raised() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("no row")

    async def scenario() -> None:
        with pytest.raises(ValueError, match="no row"):
            await _while_connected(asyncio.Event().wait, fail(), True)

    run(scenario())
