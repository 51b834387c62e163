"""What keeps the pace of many answers: few timers, nobody forgotten, nobody woken twice."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import pytest

from chat import conf
from chat.events import Kind
from chat.generation.attempt import Attempt
from chat.generation.channels import Channels
from chat.generation.ticks import PHASE, PHASES, Ticks, next_phase, stretch
from chat.llm.demo import _Stream
from chat.moderation import compile_rules
from chat.streamlog.bell import Bell

pytestmark = pytest.mark.slow


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, 10))


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moments of all timers that are set from now on."""
    made: list[float] = []
    call_at = asyncio.base_events.BaseEventLoop.call_at

    def counted(self: Any, when: float, *args: Any, **kwargs: Any) -> Any:
        made.append(when)
        return call_at(self, when, *args, **kwargs)

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "call_at", counted)
    return made


def test_all_answers_of_a_phase_go_on_at_one_timer(timers: list[float]) -> None:
    async def scenario() -> None:
        ticks = Ticks(1)
        timers.clear()
        await asyncio.gather(*(ticks.next() for _ in range(50)))
        assert len(timers) == 1
        assert (timers[0] - conf.TICK / PHASES) / conf.TICK == pytest.approx(
            round((timers[0] - conf.TICK / PHASES) / conf.TICK)
        )

    run(scenario())


def test_answers_are_spread_evenly_over_the_phases() -> None:
    given = [next_phase() for _ in range(3 * PHASES)]
    assert len(set(map(id, given))) == PHASES


def test_an_answer_that_is_cancelled_in_its_tick_holds_up_no_other() -> None:
    async def scenario() -> None:
        ticks = Ticks(0)
        gone, stays = asyncio.create_task(ticks.next()), asyncio.create_task(ticks.next())
        await asyncio.sleep(0)
        gone.cancel()
        await stays
        with pytest.raises(asyncio.CancelledError):
            await gone

    run(scenario())


def test_a_reader_who_is_always_woken_in_time_sets_one_timer(timers: list[float]) -> None:
    async def scenario() -> None:
        bell, loop = Bell(), asyncio.get_running_loop()
        timers.clear()
        for _ in range(100):
            loop.call_soon(bell.ring)
            await bell.heard(5)
        assert len(timers) == 1

    run(scenario())


def test_each_waits_its_own_time_where_nobody_rings() -> None:
    async def scenario() -> None:
        bell = Bell()
        order: list[str] = []

        async def wait(name: str, seconds: float) -> None:
            await bell.heard(seconds)
            order.append(name)

        await asyncio.gather(wait("long", 0.06), wait("short", 0.01), wait("middle", 0.03))
        assert order == ["short", "middle", "long"]

    run(scenario())


def test_whoever_stops_waiting_is_forgotten() -> None:
    async def scenario() -> None:
        bell = Bell()
        waiting = asyncio.create_task(bell.heard(60))
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        assert bell._waiters == []
        bell.ring()

    run(scenario())


def test_the_demo_catches_up_with_a_reader_who_was_away() -> None:
    async def scenario() -> None:
        async def no_time(_: float) -> None: ...

        stream = aiter(_Stream(iter([b"a", b"b", b"c", b"d"]), 0.01, no_time))
        assert await anext(stream) == b"a"
        await asyncio.sleep(0.025)
        rest = [part async for part in stream]
        assert b"".join(rest) == b"bcd"
        assert len(rest[0]) > 1

    run(scenario())


def test_a_timer_that_comes_early_does_not_bring_the_same_tick_twice() -> None:
    due: list[float] = []

    class Early(asyncio.SelectorEventLoop):
        def call_at(self, when: float, callback: Any, *arguments: Any, context: Any = None) -> Any:
            due.append(when)
            return super().call_at(when - 0.004, callback, *arguments, context=context)

    async def some() -> None:
        ticks = Ticks(0)
        for _ in range(4):
            await ticks.next()

    with asyncio.Runner(loop_factory=Early) as runner:
        runner.run(some())
    assert len(set(due)) == len(due) == 4


def test_a_tick_is_longer_while_many_answers_are_written() -> None:
    async def length(answers: int) -> float:
        """Of the last of some ticks, while the phases have so many answers together."""
        moments = []
        for _ in range(4):
            await asyncio.gather(*(each.next() for each in PHASE for _ in range(answers // PHASES)))
            moments.append(PHASE[0].last)
        return moments[-1] - moments[-2]

    async def scenario() -> None:
        for answers, factor in ((20, 1.0), (400, 1.5), (20, 1.0)):
            ticks = await length(answers) / conf.TICK / factor
            assert round(ticks) >= 1
            assert ticks == pytest.approx(round(ticks), abs=0.01)

    run(scenario())
    assert [stretch(answers) for answers in (0, 149, 150, 500, 1000)] == [1.0, 1.0, 1.5, 1.5, 1.9]


def test_what_is_read_is_told_at_once_and_together() -> None:
    class Told:
        async def due(self, more: asyncio.Event) -> None:
            await more.wait()

    async def scenario() -> None:
        flushed = []
        attempt: Any = Attempt(None, asyncio.Event(), None)  # type: ignore[arg-type]
        attempt.telling, attempt.channels = (
            Told(),
            Channels(lambda kind: compile_rules(()).gate("post", kind), attempt.more),
        )

        async def flush() -> None:
            attempt.more.clear()
            flushed.append(attempt.channels.take()[0][1]["text"])
            await slow.wait()

        attempt._flush, slow = flush, asyncio.Event()
        task = asyncio.create_task(attempt._append())

        async def read(*texts: str) -> None:
            for text in texts:
                attempt.channels.feed([(Kind.TEXT, {"text": text})])
            for _ in range(5):
                await asyncio.sleep(0)

        await read("first", " together")
        assert flushed == ["first together"]
        await read("meanwhile")  # the log has not taken what came before
        await read(" and more")
        assert len(flushed) == 1
        slow.set()
        await read()
        assert flushed[1:] == ["meanwhile and more"]
        await read("at last")
        assert flushed[2:] == ["at last"]
        task.cancel()

    run(scenario())
