"""A judge's reply is one JSON object of the form it was told, about the text it was given, or an error."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.moderation import BadClassifier, Result
from tests.classifying import QUESTION, Chats, check, judged, made, mark

ITEM: dict[str, Any] = {
    "kind": "judge", "name": "house", "model": "m", "policy": "No advice on taxes, and no price of a competitor.",
    "bad": ["You need not pay that tax."],
}  # fmt: skip


def asked(reply: Any, **subject: Any) -> tuple[Result, Chats]:
    chats = Chats(reply)
    return check(made(ITEM, chats), {"text": "Hello."}, **subject), chats


def test_a_pass_is_a_pass() -> None:
    result, _ = asked(judged)
    assert (result.outcome, result.findings, result.detail) == ("pass", (), "")


@pytest.mark.parametrize("space", [" ", "\n", "\r\n\t"])
def test_blanks_around_the_object_say_nothing(space: str) -> None:
    assert asked(lambda messages: space + judged(messages) + space)[0].outcome == "pass"


@pytest.mark.parametrize("level", ["hold", "block"])
def test_hold_and_block_are_flags_of_that_severity_with_the_policys_own_words(level: str) -> None:
    result, _ = asked(lambda messages: judged(messages, level, categories=["Taxes", "price of a competitor"]))
    assert result.outcome == "flag"
    assert [found.rule for found in result.findings] == ["taxes", "price-of-a-competitor"]
    assert {found.severity for found in result.findings} == {level}


@pytest.mark.parametrize("categories", [[], ["hunter2 is the password"], ["tax"], ["***"]])
def test_words_that_are_not_the_policys_are_not_kept(categories: list[str]) -> None:
    secret = "The text says: hunter2 is the password."
    result, _ = asked(lambda messages: judged(messages, "block", categories=categories, reason=secret))
    assert [found.rule for found in result.findings] == ["policy"]
    assert "hunter2" not in repr(result)


def test_it_is_asked_with_policy_question_and_text_and_held_to_a_schema() -> None:
    _, chats = asked(judged, question=QUESTION, before="Well, ")
    (system, user), (options,) = chats.requests[0], chats.options
    assert system["role"] == "system"
    assert ITEM["policy"] in system["content"]
    assert "written by the assistant" in system["content"]
    first, copy, last = user["content"].split("\n")
    assert first == f"=== BEGIN {mark(chats.requests[0])} ==="
    assert last == f"=== END {mark(chats.requests[0])} ==="
    assert json.loads(copy) == {"question": QUESTION, "before": "Well, ", "text": "Hello."}
    assert options["schema"]["required"] == ["id", "reason", "verdict", "categories"]


def test_it_is_told_that_a_person_wrote_what_a_person_wrote() -> None:
    _, chats = asked(judged, role="user")
    assert "written by the person" in chats.requests[0][0]["content"]


def test_no_two_requests_have_the_same_id() -> None:
    assert mark(asked(judged)[1].requests[0]) != mark(asked(judged)[1].requests[0])


def changed(**fields: Any) -> Any:
    return lambda messages: judged(messages, **fields)


def text(change: Any) -> Any:
    return lambda messages: change(judged(messages))


MALFORMED: dict[str, Any] = {
    "nothing": "",
    "one word": "pass",
    "chatter before": text(lambda good: "Here is my verdict:\n" + good),
    "chatter after": text(lambda good: good + "\nI hope this helps!"),
    "a fence": text(lambda good: f"```json\n{good}\n```"),
    "thoughts": text(lambda good: f"<think>Fine.</think>{good}"),
    "two objects": text(lambda good: good + good),
    "a list": text(lambda good: f"[{good}]"),
    "cut": text(lambda good: good[:-1]),
    "single quotes": text(lambda good: good.replace('"', "'")),
    "a comment": text(lambda good: good[:-1] + "} // pass"),
    "a trailing comma": text(lambda good: good[:-1] + ",}"),
    "verdict twice": text(lambda good: good[:-1] + ', "verdict": "pass"}'),
    "verdict twice, block first": text(lambda good: '{"verdict": "block", ' + good[1:]),
    "id twice": text(lambda good: good[:-1] + ', "id": "x"}'),
    "another field": changed(confidence=0.9),
    "no reason": text(lambda good: good.replace('"reason": "Because.", ', "")),
    "no categories": text(lambda good: good.replace(', "categories": []', "")),
    "no id": text(lambda good: good.replace('"id"', '"ID"')),
    "another id": changed(id="0123456789ab"),
    "an id that is a number": changed(id=5),
    "an empty id": changed(id=""),
    "another verdict": changed(verdict="allow"),
    "a verdict with a blank": changed(verdict="pass "),
    "a capital": changed(verdict="Pass"),
    "a verdict that is true": changed(verdict=True),
    "a verdict that is null": changed(verdict=None),
    "two verdicts": changed(verdict=["pass"]),
    "all verdicts": changed(verdict="pass, hold or block"),
    "a pass with a category": changed(categories=["taxes"]),
    "categories as a text": changed(verdict="block", categories="taxes"),
    "categories null": changed(categories=None),
    "a category that is a number": changed(verdict="block", categories=[1]),
    "an empty category": changed(verdict="block", categories=[""]),
    "a category without end": changed(verdict="block", categories=["taxes " * 20]),
    "categories without end": changed(verdict="block", categories=["taxes"] * 11),
    "a reason that is null": changed(reason=None),
    "a reason without end": changed(reason="so " * 500),
    "a number that JSON does not have": text(lambda good: good.replace('"Because."', "NaN")),
    "nested without end": "[" * 100_000,
    "another judge's form": '{"verdict": "pass", "categories": [], "reason": "fine"}',
}


@pytest.mark.parametrize("reply", MALFORMED.values(), ids=MALFORMED)
def test_whatever_is_not_exactly_that_is_an_error(reply: Any) -> None:
    result, _ = asked(reply)
    assert (result.outcome, result.findings) == ("error", ())
    assert result.detail.startswith("The judge gave no verdict: its ")
    assert "Because" not in result.detail


@pytest.mark.parametrize("finish", ["length", "blocked", "refusal", "tool_calls", "unknown"])
def test_a_reply_that_is_not_whole_is_an_error(finish: str) -> None:
    assert check(made(ITEM, Chats(judged, finish))).outcome == "error"


@pytest.mark.slow
@given(st.integers(0, 200), st.integers(0, 3), st.text(max_size=3))
def test_no_small_change_makes_a_pass_of_a_block(at: int, gone: int, put: str) -> None:
    def reply(messages: Sequence[Mapping[str, str]]) -> str:
        good = judged(messages, "block", categories=["taxes"])
        return good[: at % len(good)] + put + good[at % len(good) + gone :]

    assert asked(reply)[0].outcome != "pass"


@pytest.mark.slow
@given(st.sampled_from(["pass", "hold", "block"]), st.lists(st.text(max_size=70), max_size=12), st.text())
def test_only_the_word_pass_without_a_category_is_a_pass(
    level: str, categories: list[str], reason: str
) -> None:
    result, _ = asked(changed(verdict=level, categories=categories, reason=reason))
    if result.outcome == "pass":
        assert (level, categories) == ("pass", [])


@pytest.mark.parametrize(
    ("policy", "says"),
    [("", "needs a policy"), (" \n", "needs a policy"), ("x" * 20_001, "20,001 characters")],
)
def test_a_judge_without_a_policy_or_with_one_that_is_too_long_cannot_be_used(policy: str, says: str) -> None:
    with pytest.raises(BadClassifier, match=says):
        made(ITEM | {"policy": policy}, Chats(judged))


def test_a_policy_may_hold_any_sign() -> None:
    policy = "No {braces}, no {0}, no %s, no === END ==="
    chats = Chats(judged)
    assert check(made(ITEM | {"policy": policy}, chats)).outcome == "pass"
    assert policy in chats.requests[0][0]["content"]
