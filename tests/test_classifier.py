"""A classifier judges all of a text within its time, asks again where that can help, and is closed where anything fails."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from chat.moderation import Subject
from chat.moderation.classifiers import NotAVerdict, build
from chat.moderation.classifiers.classifier import AT_ONCE, TRIES
from chat.moderation.classifiers.splitting import split
from tests.classifying import KEY, Chats, Posts, check, made, verdict

POSTED: dict[str, Any] = {"kind": "moderations", "name": "endpoint"}
GUARD: dict[str, Any] = {"kind": "llama-guard-3", "name": "guard", "timeout": 5}
PART, OVERLAP = 8_000, 500


class Refused(Exception):
    """As a provider's error: what it says for the operator, and whether asking again can help."""

    def __init__(self, retryable: bool = True, wait: float | None = None, detail: str = "HTTP 503") -> None:
        super().__init__(f"https://x.test?key={KEY}")
        self.detail, self.retryable, self.wait = detail, retryable, wait


def in_turn(*replies: Any) -> Callable[[Any], Any]:
    """Each reply once, the last for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_every_channel_is_judged_and_calls_of_tools_as_their_json() -> None:
    posts = Posts(lambda text: verdict("rm -rf" in text))
    calls = [{"name": "shell", "arguments": '{"run": "rm -rf /"}'}]
    channels = {"text": "Hello", "reasoning": "Hm", "refusal": " \n", "tool_calls": calls}
    result = check(made(POSTED, posts), channels)
    assert [body["input"] for _, body, _, _ in posts.requests][:2] == ["Hello", "Hm"]
    assert len(posts.requests) == 3
    (found,) = result.findings
    assert (found.channel, found.start) == ("tool_calls", 0)


def test_arguments_that_are_spelled_with_escapes_are_judged_as_they_read_too() -> None:
    posts = Posts(lambda text: verdict("rm -rf" in text))
    calls = [{"name": "shell", "arguments": '{"run": "\\u0072m -rf /"}'}]
    (found,) = check(made(POSTED, posts), {"tool_calls": calls}).findings
    assert found.channel == "tool_calls"
    assert found.end > 20  # all of the call


def test_an_answer_with_a_shape_is_judged_as_it_reads_too() -> None:
    posts = Posts(lambda text: verdict("rm -rf" in text))
    assert check(made(POSTED, posts), {"text": '{"run": "\\u0072m -rf /", "x": "plain"}'}).outcome == "flag"
    assert [body["input"] for _, body, _, _ in posts.requests][1:] == ["rm -rf /"]


def test_a_body_without_a_visible_character_has_nothing_to_judge() -> None:
    posts = Posts(verdict(flagged=True))
    assert check(made(POSTED, posts), {"text": " \n", "tool_calls": []}).outcome == "pass"
    assert posts.requests == []


@pytest.mark.parametrize("length", [1, PART - 1, PART, PART + 1, 2 * PART, 50_000])
def test_parts_cover_the_text_and_overlap(length: int) -> None:
    text = "".join(chr(0x4E00 + place % 5000) for place in range(length))
    parts = list(split(text, PART, OVERLAP))
    assert "".join(part if not start else part[OVERLAP:] for start, part in parts) == text
    assert all(text[start : start + len(part)] == part and len(part) <= PART for start, part in parts)
    assert all(start + PART - OVERLAP == later for (start, _), (later, _) in itertools.pairwise(parts))


def test_the_worst_part_decides_and_says_where() -> None:
    text = "a" * 20_000 + "BAD" + "a" * 100
    result = check(made(POSTED, Posts(lambda part: verdict("BAD" in part))), {"text": text})
    assert result.outcome == "flag"
    assert all("BAD" in text[found.start : found.end] for found in result.findings)


def test_what_came_before_goes_along_with_the_first_part_only() -> None:
    chats = Chats("safe")
    check(made(GUARD, chats), {"text": "x" * 9_000}, question="Q?", before="BEFORE ")
    with_it = [messages for messages in chats.requests if "BEFORE" in messages[-1]["content"]]
    assert len(chats.requests) == 3
    assert len(with_it) == 1
    assert all(messages[0]["content"] == "Q?" for messages in chats.requests)


def test_one_part_without_a_verdict_leaves_the_whole_unchecked_but_not_unflagged() -> None:
    text = "a" * 9_000 + "DOWN" + "a" * 9_000
    down = Posts(lambda part: b"" if "DOWN" in part else verdict())
    assert check(made(POSTED, down), {"text": text}).outcome == "error"
    mixed = Posts(lambda part: b"" if "DOWN" in part else verdict("BAD" in part))
    assert check(made(POSTED, mixed), {"text": text + "BAD"}).outcome == "flag"


@pytest.mark.parametrize("channels", [{"text": object()}, {"tool_calls": [{1, 2}]}])
def test_a_body_that_cannot_be_sent_is_an_error(channels: Any) -> None:
    assert check(made(POSTED, Posts(verdict())), channels).outcome == "error"


@pytest.mark.parametrize(
    "error", [ConnectionResetError(f"https://x.test?key={KEY}"), ValueError(KEY), RuntimeError(), OSError(), KeyError(KEY)]
)  # fmt: skip
def test_a_request_that_fails_is_an_error_that_repeats_nothing_of_it(error: Exception) -> None:
    posts = Posts(error)
    result = check(made(POSTED, posts))
    assert result.outcome == "error"
    assert result.detail == f"The moderation endpoint could not be asked ({type(error).__name__})."
    assert len(posts.requests) == 1


def test_what_the_client_tells_the_operator_is_passed_on_without_the_key() -> None:
    result = check(made(POSTED, Posts(Refused(False, detail=f"phase=post: refused, \n{KEY}"))))
    assert result.detail == "The moderation endpoint could not be asked (phase=post: refused, …)."


@pytest.mark.parametrize("item", [POSTED, GUARD])
def test_what_passes_by_itself_is_asked_again(item: dict[str, Any]) -> None:
    good = verdict() if item is POSTED else "safe"
    line = (Posts if item is POSTED else Chats)(in_turn(Refused(), Refused(), good))
    assert check(made(item, line)).outcome == "pass"
    assert len(line.requests) == 3 == TRIES
    tired = (Posts if item is POSTED else Chats)(Refused())
    assert check(made(item, tired)).outcome == "error"
    assert len(tired.requests) == TRIES


@pytest.mark.parametrize(
    ("status", "requests"),
    [(408, 3), (429, 3), (500, 3), (502, 3), (503, 3), (504, 3), (529, 3), (400, 1), (401, 1), (404, 1), (301, 1), (201, 1)],
)  # fmt: skip
def test_statuses_that_pass_by_themselves_are_asked_again(status: int, requests: int) -> None:
    posts = Posts(verdict(), status)
    assert check(made(POSTED, posts)).outcome == "error"
    assert len(posts.requests) == requests


@pytest.mark.parametrize(("wait", "slept"), [(0.5, [0.5]), (3.0, [3.0]), (9.0, []), (3600.0, [])])
def test_a_wait_that_is_asked_for_is_kept_where_it_fits_into_the_time(
    wait: float, slept: list[float]
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    chats = Chats(in_turn(Refused(wait=wait), "safe"))
    built = made(GUARD, chats)
    built._sleep = sleep
    assert check(built).outcome == ("pass" if slept else "error")
    assert pauses == slept


@pytest.mark.slow
def test_all_tries_together_have_the_time_of_one() -> None:
    seconds: list[float] = []

    async def slow(messages: Any, *, timeout: float, **options: Any) -> Any:
        seconds.append(timeout)
        await asyncio.sleep(0.01)
        raise Refused()

    async def no_pause(_: float) -> None: ...

    built = build(GUARD | {"timeout": 30}, slow)
    built._sleep = no_pause
    check(built)
    assert len(seconds) == TRIES
    assert all(before > after + 0.005 for before, after in itertools.pairwise(seconds))
    assert seconds[0] <= 30


@pytest.mark.slow
def test_silence_is_an_error_when_the_time_is_up_and_no_further_part_is_asked() -> None:
    asked: list[str] = []

    async def never(messages: Any, **options: Any) -> Any:
        asked.append(messages[-1]["content"])
        await asyncio.Event().wait()

    result = check(build(GUARD | {"timeout": 0.1}, never), {"text": "x" * 100_000})
    assert (result.outcome, result.detail) == ("error", "Llama Guard did not answer within 0.1 s.")
    assert len(asked) == AT_ONCE


def test_so_many_parts_are_asked_at_once_and_no_more() -> None:
    running, most = 0, 0

    async def slow(messages: Any, **options: Any) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        raise NotAVerdict("x")

    check(build(GUARD, slow), {"text": "x" * 100_000})
    assert most == AT_ONCE


def test_cancelling_the_check_cancels_the_request() -> None:
    async def cancelled() -> None:
        asked, ended = asyncio.Event(), asyncio.Event()

        async def never(messages: Any, **options: Any) -> Any:
            asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        task = asyncio.create_task(build(GUARD, never).check(Subject({"text": "Hello"})))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 1)

    asyncio.run(cancelled())
