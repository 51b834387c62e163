"""Local runner and queue: one suite for both, and what each does besides."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from uuid import UUID, uuid4

import pytest

from chat import conf
from chat.runner import LocalRunner, QueueRunner
from tests import runners
from tests.runners import House

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Made = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture(params=["local", pytest.param("queue", marks=pytest.mark.postgresql)])
def made(request: pytest.FixtureRequest) -> Made:
    runners.prepare(request.param)
    return runners.RUNNERS[request.param]


class Answers:
    """`run` for a runner: notes what it is given, and ends when it is let go or told to stop."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []
        self.ended: list[UUID] = []
        self.stopped: list[UUID] = []
        self.handed_back: list[UUID] = []
        self.go = asyncio.Event()

    @property
    def running(self) -> int:
        return len(self.begun) - len(self.ended)

    async def __call__(self, turn: UUID, stop: asyncio.Event) -> None:
        self.begun.append(turn)
        waits = [asyncio.ensure_future(event.wait()) for event in (self.go, stop)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                self.stopped.append(turn)
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            self.handed_back.append(turn)
            raise
        finally:
            self.ended.append(turn)
            for wait in waits:
                wait.cancel()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


def played(scenario: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(scenario())


def test_a_turn_is_answered_once_its_transaction_is_committed_and_never_when_it_is_rolled_back(
    made: Made,
) -> None:
    async def scenario() -> None:
        answers = Answers()
        answers.go.set()
        async with made(answers) as house:
            turns = [uuid4() for _ in range(5)]
            await house.ask(uuid4(), commit=False)
            await house.ask(*turns)
            await until(lambda: len(answers.ended) == len(turns))
            assert answers.begun == turns

    played(scenario)


def test_a_stop_reaches_the_task_here_and_is_passed_on_for_any_other_turn(made: Made) -> None:
    async def scenario() -> None:
        answers = Answers()
        async with made(answers) as house:
            here, there = uuid4(), uuid4()
            await house.ask(here)
            await until(lambda: answers.begun)
            for turn in (here, there):
                await asyncio.to_thread(house.runner.stop, turn)
            await until(lambda: answers.stopped and house.elsewhere)
            assert answers.stopped == [here]
            assert house.elsewhere == [there]
            answers.go.set()
            house.runner.stop_here(there)  # told by another process: it is not passed on again
            await until(lambda: not house.runner.running)
            assert house.elsewhere == [there]

    played(scenario)


def test_no_more_than_the_capacity_run_at_once_and_the_others_follow_in_order(made: Made) -> None:
    async def scenario() -> None:
        answers = Answers()
        async with made(answers, capacity=2) as house:
            turns = [uuid4() for _ in range(6)]
            await house.ask(*turns)
            await until(lambda: len(answers.begun) == 2)
            for turn in turns[:2]:
                house.runner.start(turn)  # known already
            for done in range(1, len(turns) - 1):
                house.runner.stop(turns[done - 1])
                await until(lambda done=done: len(answers.begun) == done + 2)
                assert answers.running <= 2
            answers.go.set()
            await until(lambda: not house.runner.running)
            assert answers.begun == turns

    played(scenario)


def test_what_ends_a_turn_is_begun_although_everything_is_full(made: Made) -> None:
    async def scenario() -> None:
        answers = Answers()
        async with made(answers, capacity=1) as house:
            await house.ask(uuid4())
            await until(lambda: answers.begun)
            ended = uuid4()
            house.runner.finish(ended)
            await until(lambda: ended in answers.begun)

    played(scenario)


def test_a_crash_of_one_answer_leaves_the_others_alone(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        good, bad = uuid4(), uuid4()
        answers = Answers()
        answers.go.set()

        async def run(turn: UUID, stop: asyncio.Event) -> None:
            if turn == bad:
                raise ZeroDivisionError
            await answers(turn, stop)

        async with made(run, capacity=1) as house:
            await house.ask(bad, good)
            await until(lambda: answers.ended == [good])

    played(scenario)
    assert "generation crashed" in caplog.text


def test_a_shutdown_waits_until_every_turn_is_handed_back(made: Made) -> None:
    async def scenario() -> None:
        answers = Answers()
        async with made(answers) as house:
            turns = [uuid4() for _ in range(3)]
            await house.ask(*turns)
            await until(lambda: len(answers.begun) == 3)
            await house.runner.shut_down()
            assert set(answers.handed_back) == set(turns)
            house.runner.start(uuid4())
            await asyncio.sleep(0)
            assert not house.runner.running

    played(scenario)


def test_a_drain_begins_nothing_new_and_returns_when_what_runs_has_ended_or_time_is_over(made: Made) -> None:
    async def scenario() -> None:
        answers = Answers()
        async with made(answers, capacity=2) as house:
            first, second = uuid4(), uuid4()
            await house.ask(first, second, uuid4())
            await until(lambda: len(answers.begun) == 2)
            await house.runner.drain(0.01)
            assert house.runner.running == 2
            draining = asyncio.create_task(house.runner.drain(60))
            house.runner.start(uuid4())
            house.runner.stop(first)
            house.runner.stop(second)
            await draining
            assert answers.begun == [first, second]

    played(scenario)


def test_those_in_line_are_told_where_they_stand() -> None:
    async def scenario() -> None:
        answers = Answers()
        async with runners.local(answers, capacity=1) as house:
            turns = [uuid4() for _ in range(3)]
            await house.ask(*turns)
            await until(lambda: house.line == turns[1:])

    played(scenario)


def test_a_web_process_answers_nothing_and_passes_every_stop_and_end_on() -> None:
    deferred: list[UUID] = []
    elsewhere: list[UUID] = []
    runner = QueueRunner(deferred.append, elsewhere.append)
    runner.register(Answers())
    turn = uuid4()
    runner.enqueue(turn, lambda function: None)
    runner.start(turn)
    runner.finish(turn)
    runner.stop(turn)
    assert (deferred, elsewhere, runner.running) == ([turn], [turn, turn], 0)


def test_a_full_worker_leaves_to_others_what_its_sweep_finds_and_takes_it_when_there_is_room() -> None:
    async def scenario() -> None:
        answers = Answers()
        runner = QueueRunner(lambda turn: None, lambda turn: None, capacity=1)
        runner.register(answers)
        runner.bind(asyncio.get_running_loop())
        first, second, third = uuid4(), uuid4(), uuid4()
        runner.start(first)
        await until(lambda: answers.begun)
        runner.start(second)
        from_the_queue = asyncio.create_task(runner.answer(third))
        await asyncio.sleep(0.01)
        assert answers.begun == [first]
        runner.stop(first)
        await until(lambda: answers.begun == [first, third])
        assert not from_the_queue.done()
        runner.stop(third)
        await from_the_queue
        await runner.shut_down()

    played(scenario)


@pytest.mark.postgresql
@pytest.mark.parametrize("outcome", ["ended", "crashed", "stopped"])
def test_what_is_done_leaves_the_queue(outcome: str) -> None:
    runners.prepare("queue")

    async def scenario() -> None:
        answers = Answers()

        async def run(turn: UUID, stop: asyncio.Event) -> None:
            if outcome == "crashed":
                raise ZeroDivisionError
            await answers(turn, stop)

        async with runners.queue(run) as house:
            turns = [uuid4() for _ in range(4)]
            await house.ask(*turns)
            if outcome != "crashed":
                await until(lambda: len(answers.begun) == 4)
                assert await asyncio.to_thread(runners.jobs) == 4
            for turn in turns if outcome == "stopped" else ():
                house.runner.stop(turn)
            answers.go.set()
            async with asyncio.timeout(20):
                while await asyncio.to_thread(runners.jobs):
                    await asyncio.sleep(0.01)

    played(scenario)


def test_the_default_is_the_local_runner() -> None:
    assert isinstance(conf.runner(), LocalRunner)
