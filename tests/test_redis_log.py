"""One Redis, several processes: what one writes the others read, and who may write."""

import asyncio
import random
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from chat.events import Cursor, Event, Kind
from chat.streamlog import Fenced, Gone, Reader, Unreachable
from chat.streamlog.redis_log import RedisLog
from chat.streamlog.redis_log import following as looking
from chat.streamlog.redis_log.entries import readers

from .chaos.line import Line
from .redis_logs import Following, fails, following, play, until
from .redis_server import RedisServer
from .test_streamlog import CHANNELS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as server:
        yield server


def text(word: str) -> dict[str, str]:
    return {"text": word}


def test_what_one_process_writes_the_readers_of_another_are_woken_for(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        async with following(reader, turn) as early:
            await until(lambda: early.without)
            await writer.open(turn, 1, 1)
            for number in range(50):
                await writer.append(turn, 1, Kind.TEXT, text(f"{number} "))
                if number == 25:
                    async with following(reader, turn, after=Cursor(1, 20)) as late:
                        await until(lambda: late.text.endswith("25 "))
                        assert late.text.startswith("20 ")
            await writer.end(turn, 1, Kind.COMPLETED, {"state": "saved"}, purge=False)
            await until(lambda: early.ended)
        assert early.text == "".join(f"{number} " for number in range(50))
        assert [event.cursor.seq for event in early.events] == list(range(1, 52))

    play(redis, scenario)


def test_a_reader_who_comes_from_a_process_that_knew_more_is_shown_nothing_older(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog) -> None:
        line = await Line("redis", ("127.0.0.1", redis.port), random.Random(0)).open()
        behind = RedisLog(f"redis://127.0.0.1:{line.port}/0")
        turn = uuid4()
        await writer.open(turn, 1, 1)
        first = await writer.append(turn, 1, Kind.TEXT, text("a"))
        batch = await behind.read(turn, None)
        assert batch is not None
        assert batch.top == first
        line.stall()
        last = await writer.append(turn, 1, Kind.TEXT, text("b"))
        # Its page holds "ab" already: rather nothing than "a" once more.
        assert await fails(behind.read(turn, last)) is Unreachable
        await line.open()
        batch = await behind.read(turn, last)
        assert batch is not None
        assert (batch.fresh, list(batch.events), batch.top) == (False, [], last)
        batch = await behind.read(turn, Cursor(1, 999))
        assert batch is not None
        assert batch.fresh
        await behind.close()
        await line.close()

    play(redis, scenario, count=1)


def test_a_take_over_in_another_process_shuts_the_old_writer_out(redis: RedisServer) -> None:
    async def scenario(old: RedisLog, new: RedisLog) -> None:
        turn = uuid4()
        await old.open(turn, 1, 1)
        await old.append(turn, 1, Kind.TEXT, text("old"))
        async with following(old, turn) as door:
            await until(lambda: door.text == "old")
            await new.open(turn, 2, 2)
            await new.append(turn, 2, Kind.RESTARTED, {})
            assert await fails(old.append(turn, 1, Kind.TEXT, text("er"))) is Fenced
            assert await fails(old.end(turn, 1, Kind.COMPLETED, {}, purge=False)) is Fenced
            assert await fails(old.open(turn, 1, 9)) is Fenced
            await new.append(turn, 2, Kind.TEXT, text("new"))
            await until(lambda: door.text == "new")
            assert door.snapshots == 2

    play(redis, scenario)


def test_a_process_that_never_opened_the_log_writes_nothing(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, other: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        assert await fails(other.append(turn, 1, Kind.TEXT, text("x"))) is Gone
        assert await writer.append(turn, 1, Kind.TEXT, text("a")) == Cursor(1, 1)

    play(redis, scenario)


def test_a_purge_reaches_the_readers_of_every_process_and_those_who_come_later(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, one: RedisLog, two: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        await writer.append(turn, 1, Kind.TEXT, text("secret"))
        async with following(one, turn) as door:
            await until(lambda: door.text == "secret")
            await writer.end(turn, 1, Kind.HELD, {"state": "held"}, purge=True)
            await until(lambda: door.ended)
        for log in (writer, one, two):
            for cursor in (None, Cursor(1, 0), Cursor(1, 1), Cursor(1, 2)):
                batch = await log.read(turn, cursor)
                assert batch is not None
                assert "secret" not in repr(batch.events) + batch.before
        assert "secret" not in repr(redis.say("XRANGE", f"sluice:log:{turn.hex}", "-", "+"))

    play(redis, scenario, count=3)


@pytest.mark.parametrize("heard", [True, False], ids=["heard of", "unheard of"])
def test_text_that_was_read_before_a_purge_is_not_sent_after_it(
    redis: RedisServer, heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row a door looks at, the read and the register are three moments; the hold may fall between any two, whether
    this process has been told of it or not.
    """
    if not heard:
        monkeypatch.setattr(looking, "POLL", 3600.0)
        for word in ("changed", "all_changed"):
            monkeypatch.setattr(looking.Following, word, lambda *_: None)

    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        await writer.append(turn, 1, Kind.TEXT, text("secret"))
        batch = await reader.read(turn, None)
        assert batch is not None
        await writer.end(turn, 1, Kind.HELD, {}, purge=True)
        if heard:
            await until(lambda: (known := reader._following.known(turn)) is not None and known.ended)
        assert await fails(reader.register(turn, Reader(7, "sse"), batch)) is Gone
        batch = await reader.read(turn, None)
        assert batch is not None
        assert [event.kind for event in batch.events] == [Kind.HELD]
        await reader.register(turn, Reader(7, "sse"), batch)

    play(redis, scenario)


def test_readers_are_known_in_every_process_and_at_least_with_what_they_were_sent(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, one: RedisLog, two: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        await writer.append(turn, 1, Kind.REASONING, text("hm"))
        await writer.append(turn, 1, Kind.TEXT, text("abc"))
        gone, there = Reader(1, "sse"), Reader(2, "sse")
        for log, reader in ((one, gone), (two, there)):
            batch = await log.read(turn, None)
            assert batch is not None
            await log.register(turn, reader, batch)
            reader.sent(1, 3, 2)
        one.leave(turn, gone)
        assert await one.readers(turn) is not None  # whatever was queued is written
        await writer.append(turn, 1, Kind.TEXT, text("de"))
        await writer.append(turn, 1, Kind.REFUSAL, text("fg"))
        await writer.append(turn, 1, Kind.TOOL, {"index": 0, "id": "x", "name": "clock", "text": "{}"})
        # Who has left was sent three characters. Of who is in another process it is only known that it may have
        # been sent all seven; its own process knows better.
        assert await told(writer, turn) == {1: (3, 2), 2: (7, 9)}
        assert await told(two, turn) == {1: (3, 2), 2: (3, 2)}
        await writer.open(turn, 2, 1)  # taken over, by a process that counts on
        await writer.append(turn, 2, Kind.REASONING, text("!"))
        assert await told(writer, turn) == {1: (3, 2), 2: (7, 10)}
        await writer.open(turn, 3, 2)
        await writer.append(turn, 3, Kind.TEXT, text("hi"))
        assert await told(writer, turn) == {1: (3, 2), 2: (2, 0)}

    play(redis, scenario, count=3)


async def told(log: RedisLog, turn: UUID) -> dict[int, tuple[int, int]]:
    return {reader.person: (reader.characters, reader.beside) for reader in await log.readers(turn) or []}


def test_every_channel_is_read_in_another_process_as_it_was_written(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        for kind, data in CHANNELS:
            await writer.append(turn, 1, kind, data)
        batch = await reader.read(turn, None)
        assert batch is not None
        assert [(event.kind, event.data) for event in batch.events] == CHANNELS

    play(redis, scenario)


def test_a_signal_reaches_every_other_process(redis: RedisServer) -> None:
    async def scenario(*logs: RedisLog) -> None:
        heard: list[tuple[int, str, str]] = []
        for number, log in enumerate(logs):
            log.on_signal = lambda name, value, number=number: heard.append((number, name, value))
            await log.start()
        await until(lambda: redis.say("PUBSUB", "NUMSUB", "sluice:0:signal")[1] == 3)
        await asyncio.to_thread(logs[0].signal, "stop", "a turn")
        await until(lambda: len(heard) == 2)
        assert sorted(heard) == [(1, "stop", "a turn"), (2, "stop", "a turn")]

    play(redis, scenario, count=3)


def test_a_log_expires(redis: RedisServer) -> None:
    async def scenario(log: RedisLog) -> None:
        turn = uuid4()
        await log.open(turn, 1, 1)
        await log.append(turn, 1, Kind.TEXT, text("a"))
        for key in (f"sluice:log:{turn.hex}", f"sluice:head:{turn.hex}"):
            assert 0 < redis.say("PTTL", key) <= 300_000

    play(redis, scenario, count=1)


def test_many_readers_cost_no_connection_and_many_turns_hardly_a_command(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turns = [uuid4() for _ in range(40)]
        for turn in turns:
            await writer.open(turn, 1, 1)
            await writer.append(turn, 1, Kind.STARTED, {})
        doors = [Following(reader, turn) for turn in turns for _ in range(5)]
        tasks = [asyncio.create_task(door.run()) for door in doors]
        await until(lambda: all(door.events for door in doors))
        redis.forget_commands()
        for number in range(20):
            await asyncio.gather(*(writer.append(t, 1, Kind.TEXT, text(f"{number} ")) for t in turns))
        await asyncio.gather(*(writer.end(turn, 1, Kind.COMPLETED, {}, purge=False) for turn in turns))
        await asyncio.gather(*tasks)
        assert {door.text for door in doors} == {"".join(f"{number} " for number in range(20))}
        # 840 writes and 200 readers. By hand: 840 scripts, and as many looks for each reader.
        assert redis.commands("evalsha") < 200
        assert redis.commands("publish") < 100
        assert len(redis.say("CLIENT", "LIST").split(b"name=sluice")) - 1 <= 2 * 3

    play(redis, scenario)


def test_an_event_that_this_process_wrote_itself_needs_no_look(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "POLL", 3600.0)  # the net below wake-ups looks however long this takes

    async def scenario(log: RedisLog) -> None:
        turn = uuid4()
        await log.open(turn, 1, 1)
        await log.append(turn, 1, Kind.STARTED, {})
        async with following(log, turn) as door:
            await until(lambda: door.events)
            redis.forget_commands()
            for number in range(20):
                await log.append(turn, 1, Kind.TEXT, text(f"{number} "))
            await until(lambda: door.text.endswith("19 "))
            assert door.events[-1] == Event(Cursor(1, 21), Kind.TEXT, text("19 "))
            # Twenty writes, and perhaps the looks at what was there before, and once it hears of others.
            assert redis.commands("evalsha") <= 22

    play(redis, scenario, count=1)


def test_a_reader_noted_by_the_version_before_is_known_by_its_text() -> None:
    note = b'[7,"sse",1,12,"2026-11-23T01:00:00+00:00",false]'
    head = [b"written", b"1", b"epoch", b"1", b"characters", b"20", b"r:" + uuid4().hex.encode(), note]
    found = readers(head, {})
    assert found is not None
    assert [(r.person, r.epoch, r.characters, r.beside) for r in found] == [(7, 1, 12, 0)]
