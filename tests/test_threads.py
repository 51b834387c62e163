"""To which thread a request goes."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from chat.threads import Threads, visiting


def test_quick_visits_share_few_threads_and_go_past_one_that_takes_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visiting, "SLOW", -60.0)  # slow is whoever is still there when the next one comes
    release = threading.Event()

    async def visits() -> None:
        desk = Threads(8, abreast=1)
        slow = asyncio.ensure_future(desk.run(release.wait, 10))
        await asyncio.sleep(0)
        beside = await desk.run(threading.current_thread)
        assert not slow.done()
        release.set()
        assert await slow
        assert await desk.run(threading.current_thread) is not beside

    asyncio.run(visits())


def test_no_more_than_that_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "SLOW", 60.0)
    names: set[str] = set()

    async def visits() -> None:
        desk = Threads(8, abreast=2)
        await asyncio.gather(
            *(desk.run(lambda: names.add(threading.current_thread().name)) for _ in range(20))
        )

    asyncio.run(visits())
    assert names == {"request-0", "request-1"}


def test_nobody_waits_behind_a_visit_that_was_given_up_and_goes_on() -> None:
    release, inside = threading.Event(), threading.Event()

    def stay() -> None:
        inside.set()
        release.wait(10)

    async def visits() -> None:
        desk = Threads(2)
        given_up = asyncio.ensure_future(desk.run(stay))
        await asyncio.to_thread(inside.wait, 10)
        given_up.cancel()
        await asyncio.wait([given_up])
        try:
            await asyncio.wait_for(desk.run(threading.current_thread), 5)
        finally:
            release.set()

    asyncio.run(visits())


def test_a_thread_is_free_before_anybody_hears_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the next visit, which the answer leads to, goes past it as if it were still at this one."""
    busy: list[object] = []

    async def visits() -> None:
        desk = Threads(1)
        loop = asyncio.get_running_loop()
        answer = loop.call_soon_threadsafe

        def look(*arguments: Any) -> Any:
            busy.extend(desk._threads[0].visits)
            return answer(*arguments)

        monkeypatch.setattr(loop, "call_soon_threadsafe", look)
        assert await desk.run(str) == ""
        with pytest.raises(ValueError, match="no number"):
            await desk.run(int, "no number")

    asyncio.run(visits())
    assert busy == []


def test_what_a_visit_raises_reaches_its_request() -> None:
    async def visit() -> None:
        await Threads(1).run(int, "no number")

    with pytest.raises(ValueError, match="no number"):
        asyncio.run(visit())


def test_a_visit_that_raises_what_no_future_takes_is_answered_all_the_same() -> None:
    async def visit() -> None:
        await Threads(1).run(next, iter(()))

    with pytest.raises(RuntimeError) as raised:
        asyncio.run(asyncio.wait_for(visit(), 5))
    assert isinstance(raised.value.__cause__, StopIteration)


def test_where_the_system_has_no_thread_to_give_the_next_visit_asks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = threading.Thread.start

    def refused(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def visits() -> None:
        desk = Threads(1)
        monkeypatch.setattr(threading.Thread, "start", refused)
        with pytest.raises(RuntimeError, match="new thread"):
            await desk.run(str)
        monkeypatch.setattr(threading.Thread, "start", start)
        assert await asyncio.wait_for(desk.run(str), 5) == ""

    asyncio.run(visits())


def test_what_goes_wrong_before_a_visit_ends_that_and_not_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visits() -> None:
        desk = Threads(1)
        keep = desk._keep
        for thread in desk._threads:
            thread._begin = int  # type: ignore[assignment]  # which takes no thread
        with pytest.raises(TypeError):
            await asyncio.wait_for(desk.run(str), 5)
        for thread in desk._threads:
            thread._begin = keep
        assert await asyncio.wait_for(desk.run(str), 5) == ""

    asyncio.run(visits())


def test_what_was_begun_or_is_waited_for_is_done_once_the_process_ends(tmp_path: Path) -> None:
    program = """
import asyncio, pathlib, sys, threading
from chat.threads import Threads

inside, go, file = threading.Event(), threading.Event(), pathlib.Path(sys.argv[1])

def write():
    inside.set()
    go.wait()
    file.write_text("whole")

async def leave():
    desk = Threads(1)
    begun = asyncio.ensure_future(desk.run(write))
    given_up = asyncio.ensure_future(desk.run(file.write_text, "given up"))
    await asyncio.to_thread(inside.wait)
    given_up.cancel()
    begun.cancel()
    threading.Timer(0.3, go.set).start()

asyncio.run(leave())
"""
    file = tmp_path / "file"
    root = Path(__file__).parents[1]
    subprocess.run([sys.executable, "-c", program, str(file)], cwd=root, check=True, timeout=30)
    assert file.read_text() == "whole"
