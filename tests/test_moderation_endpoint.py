"""An endpoint's reply is exactly a verdict or an error; an error is not a pass."""

import asyncio
import itertools
import json

import pytest

from chat.moderation import EndpointChecker, Subject
from chat.moderation.endpoint import OVERLAP, PART, split

KEY = "sk-very-private"
URL = "https://moderation.test/v1/moderations"


def verdict(flagged=False, **more):
    result = {
        "flagged": flagged,
        "categories": {"violence": flagged, "hate": False},
        "category_scores": {"violence": 0.9},
    }
    return {"id": "modr-1", "model": "another-version", "results": [result | more]}


class Server:
    """A fake `post`: answers each request with what `reply` makes of it, and remembers them."""

    def __init__(self, reply, status=200):
        self.reply, self.status, self.requests = reply, status, []

    async def __call__(self, url, body, *, key, timeout):
        self.requests.append((url, body, key, timeout))
        reply = self.reply(body["input"]) if callable(self.reply) else self.reply
        if isinstance(reply, BaseException):
            raise reply
        return self.status, reply if isinstance(reply, bytes) else json.dumps(reply).encode()


def check(post, channels=None, timeout=5.0, model="omni"):
    checker = EndpointChecker("endpoint", post, URL, KEY, model, timeout)
    result = asyncio.run(checker.check(Subject(channels or {"text": "Hello, 😀."})))
    assert result.checker == "endpoint"
    assert KEY not in repr(result)
    assert KEY not in repr(checker)
    return result


def test_a_pass_is_a_pass_of_the_one_text_that_was_sent():
    server = Server(verdict())
    result = check(server)
    assert (result.outcome, result.findings, result.detail) == ("pass", (), "")
    assert server.requests == [(URL, {"input": "Hello, 😀.", "model": "omni"}, KEY, 5.0)]


@pytest.mark.parametrize(
    "given", ["https://m.test/v1", "https://m.test/v1/", "https://m.test/v1/moderations"]
)
def test_the_address_may_be_given_up_to_v1_or_whole(given):
    server = Server(verdict())
    asyncio.run(EndpointChecker("endpoint", server, given, None, "").check(Subject({"text": "Hello"})))
    assert server.requests[0][0] == "https://m.test/v1/moderations"


def test_without_a_model_none_is_named():
    server = Server(verdict())
    assert check(server, model="").outcome == "pass"
    assert server.requests[0][1] == {"input": "Hello, 😀."}


def test_a_flag_names_its_categories_and_covers_what_was_judged():
    result = check(Server(verdict(flagged=True)))
    assert result.outcome == "flag"
    (found,) = result.findings
    assert (found.rule, found.channel, found.start, found.end, found.score) == ("violence", "text", 0, 9, 0.9)


def test_a_flag_without_a_category_is_a_flag_all_the_same():
    result = check(Server(verdict(flagged=True, categories={"violence": False})))
    assert [found.rule for found in result.findings] == ["unspecified"]


def test_a_category_that_the_model_does_not_know_may_be_null():
    assert (
        check(Server(verdict(categories={"violence": False, "illicit": None}, category_scores=None))).outcome
        == "pass"
    )


def test_a_categorys_name_is_cut_and_made_printable():
    (found,) = check(Server(verdict(flagged=True, categories={"\u202e\x1b[31m" + "x" * 500: True}))).findings
    assert len(found.rule) == 64
    assert found.rule.isprintable()


GOOD = json.dumps(verdict()).encode()
NOT_VERDICTS = {
    "empty": b"",
    "HTML": b"<html><body>502 Bad Gateway</body></html>",
    "cut off": GOOD[:-2],
    "cut off early": GOOD[:20],
    "followed by more": GOOD + b"{}",
    "not UTF-8": GOOD + b"\xff",
    "UTF-16": GOOD.decode().encode("utf-16"),
    "nested without end": b"[" * 100_000,
    "too long": b" " * (1 << 20) + GOOD,
    "null": b"null",
    "list": b"[]",
    "text": b'"pass"',
    "error inside": {"error": {"message": "overloaded", "type": "server_error"}},
    "error beside results": verdict() | {"error": {"message": "no"}},
    "error text": verdict() | {"error": "no"},
    "error in the result": verdict(error="no"),
    "no results": {"id": "modr-1"},
    "zero results": verdict() | {"results": []},
    "two results": verdict() | {"results": verdict()["results"] * 2},
    "results an object": verdict() | {"results": verdict()["results"][0]},
    "result a bool": verdict() | {"results": [False]},
    "flagged missing": {"results": [{"categories": {"hate": False}}]},
    "flagged null": verdict(flagged=None, categories={"hate": False}),
    "flagged a number": verdict(flagged=0, categories={"hate": False}),
    "flagged a text": verdict(flagged="false", categories={"hate": False}),
    "categories missing": {"results": [{"flagged": False}]},
    "categories empty": verdict(categories={}),
    "categories a list": verdict(categories=[]),
    "categories all null": verdict(categories={"hate": None}),
    "category a number": verdict(categories={"hate": 0}),
    "contradiction": verdict(categories={"hate": True}),
    "score NaN": GOOD.replace(b"0.9", b"NaN"),
    "score infinite": GOOD.replace(b"0.9", b"1e999"),
    "score over one": verdict(category_scores={"violence": 1.5}),
    "score a text": verdict(category_scores={"violence": "0.1"}),
    "score a bool": verdict(category_scores={"violence": True}),
    "scores a list": verdict(category_scores=[0.1]),
    "says it twice": GOOD.replace(b'"flagged": false', b'"flagged": true, "flagged": false'),
    "results twice": GOOD[:-1] + b', "results": []}',
    "other bytes": verdict() | {"input": "Something else"},
    "other bytes in the result": verdict(input="Something else"),
}


@pytest.mark.parametrize("reply", NOT_VERDICTS.values(), ids=NOT_VERDICTS)
def test_what_is_not_exactly_a_verdict_is_an_error(reply):
    assert check(Server(GOOD)).outcome == "pass"
    result = check(Server(reply))
    assert (result.outcome, result.findings) == ("error", ())
    assert result.detail.endswith(".")


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 404, 429, 500, 502, 503])
def test_another_status_is_an_error_whatever_the_body_says(status):
    result = check(Server(verdict(), status))
    assert (result.outcome, result.detail) == (
        "error",
        f"The moderation endpoint answered with status {status}.",
    )


@pytest.mark.parametrize(
    "error", [ConnectionResetError(f"{URL}?key={KEY}"), ValueError(KEY), RuntimeError(), OSError()]
)
def test_a_request_that_fails_is_an_error_that_repeats_nothing_of_it(error):
    result = check(Server(error))
    assert (result.outcome, result.detail) == (
        "error",
        f"The moderation endpoint could not be asked ({type(error).__name__}).",
    )


def test_what_the_client_tells_the_operator_is_passed_on_without_the_key():
    error = ConnectionResetError(KEY)
    error.detail = f"phase=post: refused, \n{KEY}"
    assert (
        check(Server(error)).detail == "The moderation endpoint could not be asked (phase=post: refused, …)."
    )


def test_silence_is_an_error_when_the_time_is_up():
    async def never(url, body, *, key, timeout):
        await asyncio.Event().wait()

    result = check(never, timeout=0.02)
    assert (result.outcome, result.detail) == (
        "error",
        "The moderation endpoint did not answer within 0.02 s.",
    )


def test_cancelling_the_check_cancels_the_request():
    async def cancelled():
        asked, ended = asyncio.Event(), asyncio.Event()

        async def never(url, body, *, key, timeout):
            asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        task = asyncio.create_task(
            EndpointChecker("endpoint", never, URL, KEY, "").check(Subject({"text": "Hello"}))
        )
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 1)

    asyncio.run(cancelled())


def test_every_channel_is_judged_and_tool_calls_as_their_json():
    server = Server(lambda text: verdict(flagged="rm -rf" in text))
    calls = [{"name": "shell", "arguments": '{"run": "rm -rf /"}'}]
    result = check(server, {"text": "Hello", "reasoning": "Hm", "refusal": " \n", "tool_calls": calls})
    assert [body["input"] for _, body, _, _ in server.requests][:2] == ["Hello", "Hm"]
    assert len(server.requests) == 3
    (found,) = result.findings
    assert (found.channel, found.start) == ("tool_calls", 0)


def test_a_body_without_a_visible_character_has_nothing_to_judge():
    server = Server(verdict(flagged=True))
    assert check(server, {"text": " \n", "tool_calls": []}).outcome == "pass"
    assert server.requests == []


@pytest.mark.parametrize("length", [1, PART - 1, PART, PART + 1, 2 * PART, 50_000])
def test_parts_cover_the_text_and_overlap(length):
    text = "".join(chr(0x4E00 + place % 5000) for place in range(length))
    parts = list(split(text))
    assert "".join(part if not start else part[OVERLAP:] for start, part in parts) == text
    assert all(text[start : start + len(part)] == part and len(part) <= PART for start, part in parts)
    assert all(start + PART - OVERLAP == later for (start, _), (later, _) in itertools.pairwise(parts))


def test_the_worst_part_decides_and_says_where():
    text = "a" * 20_000 + "BAD" + "a" * 100
    result = check(Server(lambda part: verdict(flagged="BAD" in part)), {"text": text})
    assert result.outcome == "flag"
    assert all("BAD" in text[found.start : found.end] for found in result.findings)


def test_one_part_without_a_verdict_leaves_the_whole_unchecked_but_not_unflagged():
    text = "a" * 9_000 + "DOWN" + "a" * 9_000
    down = Server(lambda part: b"" if "DOWN" in part else verdict())
    assert check(down, {"text": text}).outcome == "error"
    mixed = Server(lambda part: b"" if "DOWN" in part else verdict(flagged="BAD" in part))
    assert check(mixed, {"text": text + "BAD"}).outcome == "flag"


@pytest.mark.parametrize("channels", [{"text": object()}, {"tool_calls": [{1, 2}]}])
def test_a_body_that_cannot_be_sent_is_an_error(channels):
    assert check(Server(verdict()), channels).outcome == "error"
