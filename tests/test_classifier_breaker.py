"""A server that does not answer is left alone for a while, and meanwhile everything is held."""

import asyncio
import logging
import time
from typing import Any
from weakref import WeakKeyDictionary

import pytest

from chat import metrics
from chat.llm.errors import RequestRefused
from chat.moderation import Classifier, Result, Subject
from chat.moderation.classifiers import Breaker
from chat.moderation.classifiers import breaker as breaking
from chat.moderation.classifiers.breaker import FIRST, LONGEST, MOST
from tests.classifying import Chats, Posts, made, verdict

GUARD: dict[str, Any] = {"kind": "llama-guard-3", "name": "guard"}
POSTED: dict[str, Any] = {"kind": "moderations", "name": "posted", "thresholds": {"violence": 0.5}}
DOWN = OSError()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def built(chats: Chats, clock: Clock) -> Classifier:
    return _with(made(GUARD, chats), clock)


def _with(classifier: Classifier, clock: Clock) -> Classifier:
    classifier.breaker = Breaker("guard", clock)
    return classifier


def checked(classifier: Classifier, times: int = 1) -> list[Result]:
    async def run() -> list[Result]:
        return [await classifier.check(Subject({"text": "Hello"})) for _ in range(times)]

    return asyncio.run(run())


def test_after_some_checks_without_an_answer_nobody_is_asked_and_nothing_passes() -> None:
    chats, clock = Chats(DOWN), Clock()
    classifier = built(chats, clock)
    results = checked(classifier, MOST + 3)
    assert {result.outcome for result in results} == {"error"}
    assert len(chats.requests) == MOST
    chats.reply = "safe"
    (held,) = checked(classifier)
    assert (held.outcome, len(chats.requests)) == ("error", MOST)
    assert held.detail == "Llama Guard has not answered for a while and is not asked at the moment."


def test_an_answer_in_between_begins_the_count_anew() -> None:
    chats, clock = Chats(DOWN), Clock()
    classifier = built(chats, clock)
    for _ in range(3):
        chats.reply = DOWN
        checked(classifier, MOST - 1)
        chats.reply = "safe"
        assert checked(classifier)[0].outcome == "pass"


@pytest.mark.parametrize("reply", ["chatter", "unsafe\nS1", "safe"])
def test_a_reply_is_an_answer_whatever_it_says_so_that_nobodys_text_can_open_it(reply: str) -> None:
    chats, clock = Chats(reply), Clock()
    checked(built(chats, clock), 3 * MOST)
    assert len(chats.requests) == 3 * MOST


@pytest.mark.parametrize("status", [400, 413, 422, 500])
@pytest.mark.parametrize("item", [GUARD, POSTED], ids=["a chat model", "an address"])
def test_a_refusal_of_what_was_sent_opens_nothing_and_another_part_is_still_judged(
    status: int, item: dict[str, Any]
) -> None:
    """A server's own filter, or a text of too many tokens, is one person's; a server that is down is everybody's."""
    refused = RequestRefused("status", status=status)
    line = Posts(verdict(), status) if item is POSTED else Chats(refused)
    classifier = made(item, line)
    assert {result.outcome for result in checked(classifier, MOST)} == {"error"}
    assert classifier.breaker.open == (status == 500)
    if item is GUARD and status != 500:
        line.reply = lambda messages: "unsafe\nS1" if "zebra" in messages[-1]["content"] else _raise(refused)
        long = "x" * 30_000 + " zebra"
        assert asyncio.run(classifier.check(Subject({"text": long}))).outcome == "flag"


def _raise(error: Exception) -> str:
    raise error


def test_after_a_while_one_check_tries_and_the_others_wait_for_it() -> None:
    async def run() -> None:
        clock, gate, asked = Clock(), asyncio.Event(), []

        async def line(messages: Any, **options: Any) -> Any:
            asked.append(messages)
            if len(asked) > MOST:
                await gate.wait()
            raise DOWN

        classifier = _with(made(GUARD, line), clock)
        subject = Subject({"text": "Hello"})
        for _ in range(MOST):
            await classifier.check(subject)
        clock.now += FIRST
        tries = [asyncio.create_task(classifier.check(subject)) for _ in range(4)]
        await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
        assert [task.done() for task in tries] == [False, True, True, True]
        assert len(asked) == MOST + 1
        gate.set()
        assert (await tries[0]).outcome == "error"

    asyncio.run(run())


def test_it_stays_open_twice_as_long_each_time_up_to_a_limit_and_closes_at_an_answer() -> None:
    chats, clock = Chats(DOWN), Clock()
    classifier = built(chats, clock)
    checked(classifier, MOST)
    pause, asked = FIRST, MOST
    for _ in range(8):
        clock.now += pause - 0.01
        checked(classifier)
        assert len(chats.requests) == asked
        clock.now += 0.01
        checked(classifier)
        asked += 1
        assert len(chats.requests) == asked
        pause = min(pause * 2, LONGEST)
    assert pause == LONGEST
    clock.now += pause
    chats.reply = "safe"
    assert [result.outcome for result in checked(classifier, 3)] == ["pass"] * 3
    chats.reply = DOWN
    asked = len(chats.requests)
    checked(classifier, MOST + 2)
    assert len(chats.requests) == asked + MOST
    clock.now += FIRST
    checked(classifier)
    assert len(chats.requests) == asked + MOST + 1


def test_a_try_that_is_cancelled_leaves_the_next_one_to_try() -> None:
    async def run() -> None:
        clock, hang = Clock(), False

        async def line(messages: Any, **options: Any) -> Any:
            if hang:
                await asyncio.Event().wait()
            raise DOWN

        classifier = _with(made(GUARD, line), clock)
        subject = Subject({"text": "Hello"})
        for _ in range(MOST):
            await classifier.check(subject)
        clock.now, hang = clock.now + FIRST, True
        task = asyncio.create_task(classifier.check(subject))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert classifier.breaker.admits()

    asyncio.run(run())


def test_a_text_of_blanks_is_no_try() -> None:
    breaker = Breaker("guard", clock := Clock())
    for _ in range(MOST):
        breaker.unanswered()
    clock.now += FIRST
    classifier = made(GUARD, Chats("safe"))
    classifier.breaker = breaker
    assert asyncio.run(classifier.check(Subject({"text": " "}))).outcome == "pass"
    assert breaker.open
    assert breaker.admits()


def test_each_change_is_one_line_in_the_log_and_a_number(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "chat.moderation")
    monkeypatch.setattr(breaking, "_open", WeakKeyDictionary())  # those of other tests are not counted
    chats = Chats(DOWN)
    classifier = made(GUARD, chats)
    checked(classifier, MOST + 4)
    assert number() == 1
    assert len(caplog.records) == 1
    assert "checker guard: 5 checks in a row had no answer" in caplog.text
    classifier.breaker._until = time.monotonic()
    chats.reply = "safe"
    checked(classifier, 2)
    assert number() == 0
    assert [record.getMessage() for record in caplog.records][1:] == ["checker guard: answers again"]


def number() -> float:
    (sample,) = next(iter(metrics.checkers_open.collect())).samples
    return sample.value
