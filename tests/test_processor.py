"""The processor that the event loop and the threads it waits for share."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chat.threads import Processor, Threads, processor, visiting

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2,
    reason="this machine has but one processor, or lets no process choose",
)

BURN = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])})\nprint(flush=True)\nwhile True: pass"


def elsewhere(work: Coroutine[Any, Any, None]) -> None:
    """Run in a thread of its own, which is over when it is bound to a processor for good."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def where() -> set[int]:
    return os.sched_getaffinity(0)


def test_loop_and_threads_share_one_and_those_that_take_long_are_let_off_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visiting, "LONG", 0.02)
    everywhere = where()

    def until_let_off() -> set[int]:
        while where() != everywhere:
            pass
        return where()

    async def visits() -> None:
        one = Processor()
        threads = Threads(1, processor=one)
        assert await threads.run(where) == everywhere
        one.settle()
        assert where() == {one.number}
        assert await threads.run(where) == {one.number}
        assert await asyncio.wait_for(threads.run(until_let_off), 30) == everywhere
        assert await threads.run(where) == {one.number}
        one.settle()
        assert await threads.run(where) == {one.number} == where()

    elsewhere(visits())


def test_it_moves_where_others_crowd_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "LOOK", 0.2)

    async def crowded() -> None:
        one = Processor()
        one.settle()
        first = one.number
        assert first is not None
        moving = asyncio.ensure_future(one.stay_or_move())
        with burning(first):
            while one.number == first:
                sum(range(20_000))
                await asyncio.sleep(0)
        assert where() == {one.number} != {first}
        moving.cancel()

    elsewhere(asyncio.wait_for(crowded(), 60))


@contextmanager
def burning(number: int) -> Iterator[None]:
    burners = [
        subprocess.Popen([sys.executable, "-c", BURN, str(number)], stdout=subprocess.PIPE) for _ in range(4)
    ]
    try:
        for each in burners:
            assert each.stdout is not None
            each.stdout.readline()
        yield
    finally:
        for each in burners:
            each.kill()
            each.communicate()


def test_where_a_process_may_not_choose_it_runs_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: int, processors: set[int]) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    everywhere = where()

    async def visit() -> None:
        one = Processor()
        one.settle()
        assert one.number is None
        assert await Threads(1, processor=one).run(where) == everywhere
        await one.stay_or_move()

    elsewhere(visit())
