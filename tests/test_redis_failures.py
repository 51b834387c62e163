"""Redis restarts, forgets, stalls, fills up or is cut off: nothing is lost or doubled, and nobody waits in silence."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from chat.events import Cursor, Kind
from chat.streamlog import Fenced, Gone, Reader, Unreachable
from chat.streamlog.redis_log import RedisLog, connection, writing

from .redis_logs import fails, following, play, until
from .redis_server import RedisServer

pytestmark = pytest.mark.slow


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as server:
        yield server


def text(word: str) -> dict[str, str]:
    return {"text": word}


def keys(turn: UUID) -> tuple[str, str]:
    return f"sluice:log:{turn.hex}", f"sluice:head:{turn.hex}"


class Author:
    """A writer as generation.telling is one: it keeps what it has told, and begins a lost log again."""

    def __init__(self, log: RedisLog, turn: UUID) -> None:
        self.log, self.turn, self.epoch, self.told = log, turn, 1, ""

    async def begin(self) -> None:
        await self.log.open(self.turn, 1, self.epoch)
        await self.log.append(self.turn, 1, Kind.STARTED, {})

    async def write(self, word: str) -> None:
        self.told += word
        try:
            await self.log.append(self.turn, 1, Kind.TEXT, text(word))
        except Gone:
            self.epoch += 1
            await self.begin()
            await self.log.append(self.turn, 1, Kind.TEXT, text(self.told))


@contextlib.asynccontextmanager
async def writing_on(log: RedisLog, turn: UUID) -> AsyncIterator[Author]:
    """Writes a word every few milliseconds until the block ends, then the end."""
    author = Author(log, turn)
    await author.begin()
    over = asyncio.Event()

    async def write() -> None:
        number = 0
        while not over.is_set():
            await author.write(f"{number} ")
            number += 1
            await asyncio.sleep(0.003)
        await log.end(turn, 1, Kind.COMPLETED, {}, purge=False)

    task = asyncio.create_task(write())
    try:
        yield author
    finally:
        over.set()
        await asyncio.wait_for(task, 30)


async def unharmed(writer: RedisLog, reader: RedisLog, harm: Callable[[], Any], again: bool = False) -> None:
    """While text is written and read, something happens to Redis; the reader ends with exactly the text."""
    turn = uuid4()
    async with following(reader, turn) as door:
        async with writing_on(writer, turn) as author:
            await until(lambda: len(door.text) > 50)
            await asyncio.to_thread(harm)
            length = len(door.text)
            await until(lambda: len(door.text) > length + 100 and door.after.epoch == author.epoch)
        await until(lambda: door.ended)
    assert door.text == author.told
    assert author.epoch == (2 if again else 1)
    assert door.snapshots == author.epoch  # the page never went back to an earlier text
    for log in (writer, reader):
        await until(lambda log=log: log.trouble() == (0.0, ""))


def test_a_restart_that_keeps_its_data_is_a_pause(redis: RedisServer) -> None:
    def restart() -> None:
        redis.kill()
        redis.start()

    play(redis, lambda *logs: unharmed(*logs, restart))


def test_a_restart_without_its_data_begins_the_log_again(redis: RedisServer) -> None:
    def restart() -> None:
        redis.kill()
        redis.start(keep=False)

    play(redis, lambda *logs: unharmed(*logs, restart, again=True))


def test_cut_connections_are_opened_again(redis: RedisServer) -> None:
    play(redis, lambda *logs: unharmed(*logs, lambda: [redis.cut() for _ in range(5)]))


def test_a_redis_that_stalls_as_in_a_failover_is_a_pause(redis: RedisServer) -> None:
    """Longer than a command is waited for: whether the last write had an effect is not known to its writer."""

    play(redis, lambda *logs: unharmed(*logs, lambda: redis.say("DEBUG", "SLEEP", "3.5")))


@pytest.mark.parametrize("which", [(0,), (1,), (0, 1)], ids=["the stream", "the head", "both"])
def test_evicted_keys_begin_the_log_again(redis: RedisServer, which: tuple[int, ...]) -> None:
    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        author = Author(writer, turn)
        await author.begin()
        await author.write("one ")
        async with following(reader, turn) as door:
            await until(lambda: door.text == "one ")
            redis.say("DEL", *(keys(turn)[number] for number in which))
            await until(lambda: door.without)  # it is told that there is nothing, and looks at the turn's row
            await author.write("two ")
            await until(lambda: door.text == "one two ")
            await author.write("three")
            await until(lambda: door.text == "one two three")
        assert author.epoch == 2

    play(redis, scenario)


def test_a_log_that_went_back_in_time_is_begun_again(redis: RedisServer) -> None:
    """A replica that was behind, or an append-only file that lacks its last second."""

    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        author = Author(writer, turn)
        await author.begin()
        await author.write("one ")
        before = [(key, redis.say("DUMP", key)) for key in keys(turn)]
        await author.write("two ")
        for key, dump in before:
            redis.say("RESTORE", key, 60_000, dump, "REPLACE")
        await author.write("three")
        batch = await reader.read(turn, Cursor(1, 3))
        assert batch is not None
        assert batch.fresh
        assert "".join(e.data.get("text", "") for e in batch.events) == "one two three"
        assert author.epoch == 2

    play(redis, scenario)


def test_whoever_takes_over_a_log_that_went_back_in_time_is_told(redis: RedisServer) -> None:
    """Stream and head went back together, so the log looks whole; but its readers have had more of it."""

    async def scenario(old: RedisLog, new: RedisLog) -> None:
        turn = uuid4()
        author = Author(old, turn)
        await author.begin()
        await author.write("one ")
        redis.remember()
        await author.write("two ")
        await asyncio.to_thread(redis.go_back)
        assert not await new.open(turn, 2, 1)
        batch = await new.read(turn, None)
        assert batch is not None
        assert "".join(e.data.get("text", "") for e in batch.events) == "one "
        assert not await new.open(turn, 3, 2)
        await new.append(turn, 3, Kind.TEXT, text("one "))
        assert await new.open(turn, 4, 2)

    play(redis, scenario)


def test_readers_that_redis_has_forgotten_are_put_on_record_again(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        await writer.append(turn, 1, Kind.TEXT, text("abc"))
        before = [(key, redis.say("DUMP", key)) for key in keys(turn)]
        async with following(reader, turn) as door:
            await until(lambda: door.text == "abc")
            for key, dump in before:
                redis.say("RESTORE", key, 60_000, dump, "REPLACE")
            assert await writer.readers(turn) == []
            redis.cut()
            async with asyncio.timeout(20):
                while not (found := await writer.readers(turn)):
                    pass
        assert [(each.person, each.characters) for each in found] == [(7, 3)]

    play(redis, scenario)


def test_full_memory_refuses_text_for_a_while_and_loses_none(redis: RedisServer) -> None:
    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        author = Author(writer, turn)
        await author.begin()
        await author.write("one ")
        redis.fill()
        waiting = asyncio.create_task(author.write("two "))
        await until(lambda: "OOM" in writer.trouble()[1] or "maxmemory" in writer.trouble()[1])
        async with following(reader, turn) as door:  # no door is closed to a reader
            await until(lambda: door.text == "one ")
            redis.empty()
            await waiting
            await until(lambda: door.text == "one two ")
        assert writer.trouble() == (0.0, "")
        assert author.epoch == 1

    play(redis, scenario)


def test_full_memory_does_not_keep_what_is_to_be_purged(redis: RedisServer) -> None:
    async def scenario(log: RedisLog, other: RedisLog) -> None:
        turn = uuid4()
        await log.open(turn, 1, 1)
        await log.append(turn, 1, Kind.TEXT, text("secret"))
        redis.fill()
        await log.end(turn, 1, Kind.HELD, {"state": "held"}, purge=True)
        batch = await other.read(turn, None)
        assert batch is not None
        assert [event.kind for event in batch.events] == [Kind.HELD]
        assert "secret" not in repr(redis.say("XRANGE", keys(turn)[0], "-", "+"))

    play(redis, scenario)


def test_without_redis_a_writer_is_told_in_time_and_a_reader_is_not_kept_waiting(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.3)

    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        await writer.append(turn, 1, Kind.TEXT, text("one "))
        async with following(reader, turn) as door:
            await until(lambda: door.text == "one ")
            known = reader._following.of(turn)
            redis.kill()
            assert await fails(writer.append(turn, 1, Kind.TEXT, text("two "))) is Unreachable
            assert await fails(writer.readers(turn)) is Unreachable
            # Somebody who is not on record yet is not sent what this process still knows.
            batch = known.after(None)
            assert batch is not None
            assert await fails(reader.register(turn, Reader(8, "sse"), batch)) is Unreachable
            assert await fails(reader.read(uuid4(), None)) is Unreachable
            await until(lambda: reader.trouble()[0] > 0)
            assert "refused" in reader.trouble()[1] or "onnect" in reader.trouble()[1]
            redis.start()
            # What was given up may or may not have been written; its writer begins again under a new epoch.
            await writer.open(turn, 1, 2)
            await writer.append(turn, 1, Kind.TEXT, text("one two "))
            await until(lambda: door.text == "one two ")

    play(redis, scenario)


def test_an_append_whose_answer_was_lost_is_not_doubled(redis: RedisServer) -> None:
    """The script runs, the connection dies before its answer: the same write comes again."""

    async def scenario(writer: RedisLog, reader: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        redis.pause()
        appended = asyncio.create_task(writer.append(turn, 1, Kind.TEXT, text("once")))
        await until(lambda: writer.trouble()[0])  # sent, and given up waiting for
        redis.resume()
        assert await appended == Cursor(1, 1)
        batch = await reader.read(turn, None)
        assert batch is not None
        assert [event.data for event in batch.events] == [text("once")]

    play(redis, scenario)


def test_an_end_that_could_not_be_written_is_found_and_written_later(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.3)

    async def scenario(writer: RedisLog, sweep: RedisLog) -> None:
        turn = uuid4()
        await writer.open(turn, 1, 1)
        await writer.append(turn, 1, Kind.TEXT, text("secret"))
        redis.kill()
        assert await fails(writer.end(turn, 1, Kind.HELD, {}, purge=True)) is Unreachable
        redis.start()
        assert await sweep.unended() == [turn]
        await sweep.open(turn, 1, 1)
        await sweep.end(turn, 1, Kind.HELD, {}, purge=True)
        assert await sweep.unended() == []
        assert await fails(writer.append(turn, 1, Kind.TEXT, text("x"))) is Fenced

    play(redis, scenario)


def test_a_closed_log_has_written_what_was_queued(redis: RedisServer) -> None:
    async def scenario(log: RedisLog, other: RedisLog) -> None:
        turn = uuid4()
        await log.open(turn, 1, 1)
        appended = [asyncio.create_task(log.append(turn, 1, Kind.TEXT, text(word))) for word in "abc"]
        await asyncio.sleep(0)
        await log.close()
        await asyncio.gather(*appended)
        batch = await other.read(turn, None)
        assert batch is not None
        assert "".join(event.data["text"] for event in batch.events) == "abc"

    play(redis, scenario)


def test_closing_ends_what_takes_a_cancellation_for_an_error_of_its_connection(redis: RedisServer) -> None:
    async def scenario() -> None:
        log = RedisLog(redis.url)
        await log.open(uuid4(), 1, 1)
        asked = asyncio.Event()

        async def look(mirrors: Any) -> None:
            asked.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                log._following._look = _nothing  # type: ignore[method-assign]
                raise ConnectionError("given up") from error

        log._following._look = look  # type: ignore[method-assign]
        log._following.all_changed()
        await asked.wait()
        async with asyncio.timeout(10):
            await log.close()

    asyncio.run(scenario())


async def _nothing(mirrors: Any) -> None:
    pass


def test_a_client_that_waits_for_ever_is_given_up_and_what_was_to_be_written_is_written(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection.answered, "__defaults__", (0.3,))

    async def scenario() -> None:
        log, turn = RedisLog(redis.url), uuid4()
        await log.open(turn, 1, 1)
        real = log._writing._script

        async def stuck(**_: Any) -> Any:
            log._writing._script = real
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await asyncio.Event().wait()

        log._writing._script = stuck  # type: ignore[assignment]
        await log.append(turn, 1, Kind.TEXT, text("after all"))
        batch = await log.read(turn, None)
        assert batch is not None
        assert batch.events[0].data == text("after all")
        await log.close()

    asyncio.run(asyncio.wait_for(scenario(), 20))


@pytest.mark.parametrize(
    "error", [AttributeError("no socket"), asyncio.CancelledError()], ids=["mistake", "given-up"]
)
@pytest.mark.parametrize("part", ["_writing", "_following"])
def test_whatever_the_client_answers_the_log_goes_on(
    redis: RedisServer, part: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """A task that ends in silence would leave every writer of the process waiting for good."""

    async def scenario(log: RedisLog, other: RedisLog) -> None:
        turn = uuid4()
        await log.open(turn, 1, 1)
        holder = getattr(log, part)
        real = holder._script

        async def fails_once(**_: Any) -> Any:
            holder._script = real
            raise error

        await log.append(turn, 1, Kind.TEXT, text("a"))
        assert await log.read(turn, None) is not None
        holder._script = fails_once
        await log.append(turn, 1, Kind.TEXT, text("b"))
        log._following.all_changed()
        await until(lambda: holder._script is real)
        await log.append(turn, 1, Kind.TEXT, text("c"))
        batch = await other.read(turn, None)
        assert batch is not None
        assert [event.data["text"] for event in batch.events] == ["a", "b", "c"]
        await other.open(turn, 2, 1)
        await other.append(turn, 2, Kind.TEXT, text("d"))
        await log.wait(turn, batch.top, 10)
        batch = await log.read(turn, None)
        assert batch is not None
        assert batch.events[-1].data == text("d")

    play(redis, scenario)
    told = [record for record in caplog.records if record.exc_info]
    assert bool(told) == isinstance(error, AttributeError)
