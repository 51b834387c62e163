"""One time limit for many waits: it ends the wait it is for, and nothing else."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from chat.llm.patience import Patience


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


async def wait(patience: Patience, seconds: float, what: "asyncio.Future[None] | None" = None) -> None:
    loop = asyncio.get_running_loop()
    with patience.until(loop.time() + seconds):
        await (what or loop.create_future())


def test_a_wait_that_is_too_long_is_a_timeout_and_the_next_one_counts_anew() -> None:
    async def scenario() -> None:
        patience = Patience()
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await wait(patience, 0.01)
        assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]
        patience.close()

    run(scenario())


def test_waits_that_are_short_enough_use_one_timer_and_none_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        loop, timers = asyncio.get_running_loop(), []
        set_timer = loop.call_at
        monkeypatch.setattr(loop, "call_at", lambda *a, **k: timers.append(a) or set_timer(*a, **k))
        patience = Patience()
        for _ in range(100):
            ready = loop.create_future()
            loop.call_soon(ready.set_result, None)
            await wait(patience, 60, ready)
        assert len(timers) == 1
        patience.close()

    run(scenario())


def test_a_shorter_limit_after_a_longer_one_is_kept() -> None:
    async def scenario() -> None:
        patience = Patience()
        patience.until(asyncio.get_running_loop().time() + 60)
        with pytest.raises(TimeoutError):
            await wait(patience, 0.01)
        patience.close()

    run(scenario())


def test_what_takes_long_between_two_waits_is_not_cut() -> None:
    async def scenario() -> None:
        patience, loop = Patience(), asyncio.get_running_loop()
        ready = loop.create_future()
        ready.set_result(None)
        await wait(patience, 0.01, ready)
        await asyncio.sleep(0.05)
        await wait(patience, 60, ready)
        patience.close()

    run(scenario())


def test_a_cancellation_from_elsewhere_stays_one() -> None:
    async def scenario() -> None:
        async def waiting() -> None:
            await wait(Patience(), 60)

        task = asyncio.create_task(waiting())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(scenario())
