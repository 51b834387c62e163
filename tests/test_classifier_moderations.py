"""A moderation endpoint's reply is exactly a verdict or an error; an error is not a pass."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.moderation import BadClassifier, Result
from tests.classifying import KEY, URL, Posts, check, made, verdict

ITEM: dict[str, Any] = {"kind": "moderations", "name": "endpoint", "model": "omni", "timeout": 5}


def asked(posts: Posts, channels: Any = None, **item: Any) -> Result:
    return check(made(ITEM | item, posts), channels)


def test_a_pass_is_a_pass_of_the_one_text_that_was_sent() -> None:
    posts = Posts(verdict())
    result = asked(posts)
    assert (result.outcome, result.findings, result.detail) == ("pass", (), "")
    (url, body, key, seconds) = posts.requests[0]
    assert (url, body, key) == (URL, {"input": "Hello, 😀.", "model": "omni"}, KEY)
    assert 4 < seconds <= 5


def test_without_a_model_none_is_named() -> None:
    posts = Posts(verdict())
    assert asked(posts, model="").outcome == "pass"
    assert posts.requests[0][1] == {"input": "Hello, 😀."}


def test_a_flag_names_its_categories_and_covers_what_was_judged() -> None:
    result = asked(Posts(verdict(flagged=True)))
    assert result.outcome == "flag"
    (found,) = result.findings
    assert (found.rule, found.channel, found.start, found.end, found.score) == ("violence", "text", 0, 9, 0.9)
    assert (found.severity, found.threshold) == ("block", None)


def test_a_flag_without_a_category_is_a_flag_all_the_same() -> None:
    result = asked(Posts(verdict(flagged=True, categories={"violence": False})))
    assert [found.rule for found in result.findings] == ["unspecified"]


def test_a_category_that_the_model_does_not_know_may_be_null() -> None:
    reply = verdict(categories={"violence": False, "illicit": None}, category_scores=None)
    assert asked(Posts(reply)).outcome == "pass"


def test_a_categorys_name_is_cut_and_made_printable() -> None:
    strange = {"\u202e\x1b[31m" + "x" * 500: True}
    (found,) = asked(Posts(verdict(flagged=True, categories=strange))).findings
    assert len(found.rule) == 64
    assert found.rule.isprintable()


@pytest.mark.parametrize(
    ("thresholds", "reply", "found"),
    [
        # Its own score decides, whatever the server says of the category.
        ({"violence": 0.9}, verdict(), ["violence"]),
        ({"violence": 0.91}, verdict(), []),
        ({"violence": 0.95}, verdict(flagged=True), []),
        ({"violence": 0}, verdict(category_scores={"violence": 0}), ["violence"]),
        # All the others are as the server says.
        ({"hate": 0.5}, verdict(flagged=True), ["violence"]),
        ({"hate": 0.05}, verdict(flagged=True), ["hate", "violence"]),
        ({"violence": 0.95}, verdict(True, categories={"violence": True, "new": True}), ["new"]),
        ({"violence": 0.95}, verdict(True, categories={"violence": False}), ["unspecified"]),
        ({"unlisted": 0.2}, verdict(category_scores={"unlisted": 0.3}), ["unlisted"]),
    ],
)
def test_a_threshold_decides_about_its_own_category_alone(
    thresholds: dict[str, float], reply: dict[str, Any], found: list[str]
) -> None:
    result = asked(Posts(reply), thresholds=thresholds)
    assert [each.rule for each in result.findings] == found
    assert result.outcome == ("flag" if found else "pass")
    for each in result.findings:
        assert each.threshold == thresholds.get(each.rule)


@pytest.mark.parametrize("scores", [None, {}, {"hate": 0.1}, {"violence": None}])
def test_a_missing_score_of_a_category_with_a_threshold_is_an_error(scores: Any) -> None:
    result = asked(Posts(verdict(category_scores=scores)), thresholds={"violence": 0.5})
    assert result.outcome == "error"
    assert "no score for violence" in result.detail


@pytest.mark.parametrize("threshold", [1.5, -0.1, float("nan"), "0.5", True, None])
def test_a_threshold_that_is_no_score_cannot_be_used(threshold: Any) -> None:
    with pytest.raises(BadClassifier, match="violence"):
        made(ITEM | {"thresholds": {"violence": threshold}}, Posts(verdict()))


GOOD = json.dumps(verdict()).encode()
NOT_VERDICTS: dict[str, Any] = {
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
def test_what_is_not_exactly_a_verdict_is_an_error(reply: Any) -> None:
    assert asked(Posts(GOOD)).outcome == "pass"
    posts = Posts(reply)
    result = asked(posts)
    assert (result.outcome, result.findings) == ("error", ())
    assert result.detail.startswith("The moderation endpoint gave no verdict: it")
    assert result.detail.endswith(".")
    assert len(posts.requests) == 1  # the same text would be given the same reply


FLAGGED = json.dumps(verdict(flagged=True)).encode()


@pytest.mark.slow
@given(st.data())
def test_no_cut_and_no_change_of_one_byte_makes_a_pass_of_a_flag(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(FLAGGED) - 1))
    kind = data.draw(st.sampled_from(["cut", "drop", "change", "add"]))
    byte = bytes([data.draw(st.integers(0, 255))])
    changed = {
        "cut": FLAGGED[:at], "drop": FLAGGED[:at] + FLAGGED[at + 1 :], "change": FLAGGED[:at] + byte + FLAGGED[at + 1 :],
        "add": FLAGGED[:at] + byte + FLAGGED[at:],
    }[kind]  # fmt: skip
    assert asked(Posts(changed)).outcome in ("flag", "error")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["results", "flagged", "categories", "category_scores", "error", "input", "hate"]), inner
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.slow
@given(ANY_JSON)
def test_a_pass_says_in_so_many_words_that_nothing_is_flagged(reply: Any) -> None:
    if asked(Posts(json.dumps(reply).encode())).outcome == "pass":
        (result,) = reply["results"]
        assert result["flagged"] is False
        assert not any(result["categories"].values())


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 404, 429, 500, 502, 503])
def test_another_status_is_an_error_whatever_the_body_says(status: int) -> None:
    result = asked(Posts(verdict(), status))
    assert result.outcome == "error"
    assert result.detail == f"The moderation endpoint could not be asked (status {status})."
