"""The contract of a stream log, against every implementation."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from chat.events import Cursor, Kind
from chat.streamlog import Fenced, Gone, MemoryLog, Reader, StreamLog
from chat.streamlog.redis_log import RedisLog

from .redis_server import RedisServer

Scenario = Callable[[StreamLog, UUID], Coroutine[Any, Any, None]]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def play(request: pytest.FixtureRequest) -> Callable[[Scenario], None]:
    """Runs a scenario on a fresh log with a fresh turn."""
    address = request.getfixturevalue("redis").url if request.param == "redis" else ""

    def run(scenario: Scenario) -> None:
        async def main() -> None:
            log = RedisLog(address) if address else MemoryLog()
            try:
                await scenario(log, uuid4())
            finally:
                await log.close()

        asyncio.run(main())

    return run


async def texts(log: StreamLog, turn: UUID, after: Cursor | None = None) -> str:
    batch = await log.read(turn, after)
    assert batch is not None
    return "".join(event.data.get("text", "") for event in batch.events)


async def written(log: StreamLog, turn: UUID, *pieces: str, attempt: int = 1) -> list[Cursor]:
    await log.open(turn, attempt, attempt)
    return [await log.append(turn, attempt, Kind.TEXT, {"text": piece}) for piece in pieces]


def test_a_cursor_reads_back_what_it_writes_and_nonsense_is_none() -> None:
    assert Cursor.parse(str(Cursor(2, 17))) == Cursor(2, 17)
    for nonsense in (None, "", "1", "1.", ".1", "a.b", "1.2.3", "-1.2", "1.2 ", "٣.٤", "9" * 30 + ".1"):
        assert Cursor.parse(nonsense) is None


def test_events_count_from_one_without_gaps(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        assert await written(log, turn, "a", "b", "c") == [Cursor(1, 1), Cursor(1, 2), Cursor(1, 3)]

    play(scenario)


def test_any_cursor_of_this_text_gets_exactly_the_rest(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        cursors = await written(log, turn, *"stream")
        for index, cursor in enumerate([Cursor(1, 0), *cursors]):
            batch = await log.read(turn, cursor)
            assert batch is not None
            assert (batch.fresh, batch.before, batch.top) == (False, "stream"[:index], Cursor(1, 6))
            assert await texts(log, turn, cursor) == "stream"[index:]

    play(scenario)


CHANNELS: list[tuple[Kind, dict[str, Any]]] = [
    (Kind.STARTED, {}),
    (Kind.REASONING, {"text": "Hm: 1\u2028\n"}),
    (Kind.REASONING, {"text": '{"not": "JSON"}'}),
    (Kind.THOUGHT, {"milliseconds": 12_345}),
    (Kind.TEXT, {"text": "Let me look.\r"}),
    (Kind.TOOL, {"index": 0, "id": "call_1", "name": "wéather", "text": ""}),
    (Kind.TOOL, {"index": 1, "id": "", "name": "clock", "text": "{}"}),
    (Kind.TOOL, {"index": 0, "id": "", "name": "", "text": '{"city": "P'}),
    (Kind.REFUSAL, {"text": "No."}),
    (Kind.TEXT, {"text": " More."}),
]


def test_every_channel_is_read_back_as_it_was_written_from_any_cursor(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await log.open(turn, 1, 1)
        cursors = [await log.append(turn, 1, kind, data) for kind, data in CHANNELS]
        for number, cursor in enumerate([Cursor(1, 0), *cursors]):
            batch = await log.read(turn, cursor)
            assert batch is not None
            assert [(event.kind, event.data) for event in batch.earlier()] == CHANNELS[:number]
            assert [(event.kind, event.data) for event in batch.events] == CHANNELS[number:]
            assert [event.cursor for event in batch.events] == cursors[number:]

    play(scenario)


def test_no_cursor_a_foreign_epoch_or_one_above_the_top_gets_all_afresh(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await written(log, turn, "ab", "cd")
        for cursor in (None, Cursor(0, 1), Cursor(2, 1), Cursor(1, 3), Cursor(1, 999)):
            batch = await log.read(turn, cursor)
            assert batch is not None
            assert batch.fresh
            assert await texts(log, turn, cursor) == "abcd"

    play(scenario)


def test_a_new_epoch_drops_the_text_and_a_new_attempt_alone_keeps_it(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await written(log, turn, "old")
        await log.open(turn, 2, 1)
        await log.append(turn, 2, Kind.TEXT, {"text": "er"})
        assert await texts(log, turn) == "older"
        await log.open(turn, 3, 3)
        await log.append(turn, 3, Kind.TEXT, {"text": "new"})
        batch = await log.read(turn, Cursor(1, 2))
        assert batch is not None
        assert batch.fresh
        assert batch.top == Cursor(3, 1)
        assert await texts(log, turn) == "new"

    play(scenario)


def test_whoever_takes_a_log_over_is_told_whether_it_may_go_on_under_the_same_cursors(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        assert not await log.open(turn, 1, 1)
        await log.append(turn, 1, Kind.TEXT, {"text": "a"})
        assert await log.open(turn, 2, 1)
        assert not await log.open(turn, 3, 2)
        assert not await log.open(uuid4(), 2, 1)

    play(scenario)


def test_an_older_attempt_can_write_nothing(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await written(log, turn, "a")
        await log.open(turn, 2, 1)
        with pytest.raises(Fenced):
            await log.append(turn, 1, Kind.TEXT, {"text": "x"})
        with pytest.raises(Fenced):
            await log.end(turn, 1, Kind.COMPLETED, {}, purge=False)
        with pytest.raises(Fenced):
            await log.open(turn, 1, 5)
        with pytest.raises(Gone):
            await log.append(uuid4(), 1, Kind.TEXT, {"text": "x"})
        with pytest.raises(Gone):
            await log.append(turn, 3, Kind.TEXT, {"text": "x"})
        assert await texts(log, turn) == "a"

    play(scenario)


def test_after_the_end_nothing_is_appended_and_a_second_end_changes_nothing(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await written(log, turn, "a")
        await log.end(turn, 1, Kind.COMPLETED, {"state": "saved"}, purge=False)
        await log.end(turn, 1, Kind.FAILED, {"state": "failed"}, purge=False)
        with pytest.raises(Fenced):
            await log.append(turn, 1, Kind.TEXT, {"text": "x"})
        batch = await log.read(turn, None)
        assert batch is not None
        assert [event.kind for event in batch.events] == [Kind.TEXT, Kind.COMPLETED]

    play(scenario)


def test_a_purge_leaves_nothing_but_the_terminal_event_to_anybody(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        cursors = await written(log, turn, "se", "cr", "et")
        await log.end(turn, 1, Kind.HELD, {"state": "held"}, purge=True)
        for cursor in (None, Cursor(1, 0), *cursors, Cursor(7, 7)):
            batch = await log.read(turn, cursor)
            assert batch is not None
            assert [event.kind for event in batch.events] == [Kind.HELD]
            assert "".join(event.data.get("text", "") for event in batch.events) + batch.before == ""

    play(scenario)


@pytest.mark.slow
def test_a_waiting_reader_misses_nothing_and_a_wake_lets_it_look(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        got: list[str] = []

        async def read() -> None:
            after = None
            while True:
                await log.wait(turn, after, 30)
                if (batch := await log.read(turn, after)) is None:
                    continue
                got.extend(event.data.get("text", "") for event in batch.events)
                after = batch.top
                if batch.events and batch.events[-1].kind == Kind.COMPLETED:
                    return

        reading = [asyncio.create_task(read()) for _ in range(3)]
        await asyncio.sleep(0)
        await written(log, turn, *"abcdefghij")
        await log.end(turn, 1, Kind.COMPLETED, {}, purge=False)
        await asyncio.wait_for(asyncio.gather(*reading), 10)
        assert sorted("".join(got)) == sorted("abcdefghij" * 3)

        waiting = asyncio.create_task(log.wait(turn, Cursor(1, 11), 30))
        await asyncio.sleep(0)
        log.wake(turn)
        await asyncio.wait_for(waiting, 10)

    play(scenario)


def test_readers_are_remembered_with_how_far_they_were_sent(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        assert await log.readers(turn) is None
        await written(log, turn, "abc", "def")
        assert await log.readers(turn) == []
        readers = [Reader(7, "sse"), Reader(8, "sse")]
        for reader, characters in zip(readers, (3, 6), strict=True):
            batch = await log.read(turn, None)
            assert batch is not None
            await log.register(turn, reader, batch)
            reader.sent(1, characters, 2 * characters)
        log.leave(turn, readers[0])
        await log.end(turn, 1, Kind.HELD, {}, purge=True)
        found = [(r.person, r.route, r.epoch, r.characters, r.beside) for r in await log.readers(turn) or []]
        assert sorted(found) == [(7, "sse", 1, 3, 6), (8, "sse", 1, 6, 12)]

    play(scenario)


@pytest.mark.parametrize("change", ["purged", "begun anew"])
def test_what_was_read_of_another_text_is_not_sent(play: Callable[[Scenario], None], change: str) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await written(log, turn, "abc")
        old = await log.read(turn, None)
        assert old is not None
        if change == "purged":
            await log.end(turn, 1, Kind.HELD, {}, purge=True)
        else:
            await log.open(turn, 2, 2)
            await log.append(turn, 2, Kind.TEXT, {"text": "d"})
        new = await log.read(turn, None)
        assert new is not None
        reader = Reader(7, "sse")
        with pytest.raises(Gone):
            await log.register(turn, reader, old)
        assert not await log.readers(turn)
        await log.register(turn, reader, new)
        assert await log.readers(turn) == [reader]

    play(scenario)


def test_the_readers_of_a_text_written_elsewhere_are_not_known(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await log.open(turn, 1, 1)
        await log.append(turn, 1, Kind.MODERATING, {})
        assert await log.readers(turn) is None
        await log.append(turn, 1, Kind.TEXT, {"text": "a"})
        assert await log.readers(turn) == []
        await log.open(turn, 2, 2)
        assert await log.readers(turn) is None

    play(scenario)


def test_a_log_is_known_to_have_no_end_until_it_has_one(play: Callable[[Scenario], None]) -> None:
    async def scenario(log: StreamLog, turn: UUID) -> None:
        await written(log, turn, "abc")
        assert turn in await log.unended()
        await log.end(turn, 1, Kind.HELD, {}, purge=True)
        assert turn not in await log.unended()
        await log.open(turn, 2, 2)
        assert turn in await log.unended()

    play(scenario)


def test_a_memory_log_expires() -> None:
    async def main() -> None:
        log, turn = MemoryLog(keep=-1), uuid4()
        await written(log, turn, "a")
        log.expire()
        assert await log.read(turn, None) is None

    asyncio.run(main())
