"""Every prefix of every JSON case: read without an exception, nothing wrong final, malformed told from unfinished."""

import base64
import json
import math
import re
from typing import Any

import pytest

from chat.partial_json import Document, NotJSON, problem, render, value_of
from tests.material import load
from tests.partial_json_reading import differs, document, stream

pytestmark = pytest.mark.slow

# One ending for each place a document can break off in, and then its brackets.
_ENDS = [
    "", '"', "0", ':0', '":0', '"k":0', "n", 'n"', 'n":0', "rue", "ue", "e", "alse", "lse", "se", "ull", "ll", "l",
    *(f"{escape[size:]}{more}" for escape in ("\\u0000", "\\ud800\\udc00") for size in range(1, len(escape)) for more in ('"', '":0')),
]  # fmt: skip


def strict(text: str) -> Any:
    """The value as another parser has it, by the same rules: no NaN, no half characters, no infinite numbers."""

    def refuse(word: str) -> Any:
        raise ValueError(word)

    value = json.loads(text, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode()
    if any(math.isinf(float(number)) for number in re.findall(r"[-+.\deE]{5,}", text) if _is_number(number)):
        raise ValueError("infinite")
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def can_go_on(text: str) -> bool:
    """Whether some continuation makes it a document, found by trying."""
    closers, inside = "", False
    for mark in re.findall(r'\\.|["{}\[\]]', text):
        if mark == '"':
            inside = not inside
        elif not inside and mark in "{[":
            closers = {"{": "}", "[": "]"}[mark] + closers
        elif not inside and mark in "}]":
            closers = closers[1:]
    for end in _ENDS:
        try:
            strict(text + end + closers)
        except ValueError:
            continue
        return True
    return False


def cases() -> list[tuple[str, str, str]]:
    """Name, text and what is expected of each case of the suite that is not too long to look at every prefix."""
    found = load("4-json/jsontestsuite.json")["cases"]
    return [
        (case["id"], base64.b64decode(case["b64"]).decode("utf-8", "replace"), case["expect"])
        for case in found
        if case["b64"]
    ]


def test_the_oracle_of_these_tests_can_tell() -> None:
    for text in (
        "",
        "[",
        '{"a',
        '{"a"',
        '{"a":',
        '["\\',
        '["\\u00',
        '["\\ud83d\\ud',
        "[1.",
        "-",
        "tr",
        '{"a":1,',
        "[1,",
    ):
        assert can_go_on(text), text
    for text in (
        "[,",
        '{"a",',
        '["\\x',
        '["\\udc',
        '["\\ud83dx',
        "[1.,",
        "01",
        "trx",
        "{1",
        "]",
        '{"a":1,}',
        "{} x",
    ):
        assert not can_go_on(text), text


def test_malformed_is_told_from_unfinished_at_every_prefix_of_the_suite() -> None:
    seen = 0
    for name, text, _ in cases():
        if "500_nested" in name:
            continue  # deeper than is shown
        doc = Document()
        for end, char in enumerate(text, 1):
            doc.feed(char)
            wrong = doc.state == "malformed"
            if wrong == can_go_on(text[:end]) and "e+9999" not in text and "e1000" not in text:
                pytest.fail(f"{name}: {text[:end]!r} is {doc.state}")
            seen += 1
            if wrong:
                break
    assert seen > 1000


def test_the_suite_is_accepted_and_refused_as_it_says() -> None:
    for name, text, expect in cases():
        whole = problem(text) is None
        assert expect == "either" or whole == (expect == "accept"), name
        doc = Document()
        doc.feed(text)
        doc.finish()
        assert (doc.state == "complete") == whole, name
        if whole:
            assert value_of(text) == strict(text), name
            continue
        with pytest.raises(NotJSON) as caught:
            value_of(text)
        assert caught.value.cut_off == (doc.state == "incomplete"), name


@pytest.mark.slow
def test_no_prefix_of_the_suite_shows_something_wrong_as_final() -> None:
    for name, text, _ in cases():
        drawn = stream(text, list(range(1, len(text))))
        try:
            whole = strict(text)
        except ValueError:
            continue
        if "duplicated" in name:
            assert "again: this one counts" in drawn[-1]
            continue
        for html in drawn:
            read = document(html)
            assert read is None or differs(read, whole) is None, name


def test_a_hundred_thousand_brackets_are_refused_at_once() -> None:
    assert "32 levels deep" in str(problem('[{"":' * 50_000))
    assert len(render('[{"":' * 50_000)) < 400_000


def test_every_cut_off_case_shows_what_is_there() -> None:
    for case in load("4-json/partial_json_cases.json"):
        text = case["input"]
        stream(text, list(range(1, len(text))))
        doc = Document()
        doc.feed(text)
        if not can_go_on(text):
            assert doc.state == "malformed", text
            continue
        assert doc.state == "growing", text
        read = document(doc.html)
        value = case["value"]
        if read is not None and read.kind:
            assert type(read.value) is type(value) or not read.final, text
            assert isinstance(value, dict | list) is isinstance(read.value, dict | list), text


@pytest.mark.slow
def test_real_arguments_grow_without_a_wrong_word() -> None:
    for case in load("4-json/real_argument_streams.jsonl"):
        text = "".join(case["fragments"])
        ends = [len("".join(case["fragments"][:number])) for number in range(1, len(case["fragments"]))]
        for cuts in (ends, list(range(1, len(text)))):
            for html in stream(text, cuts):
                read = document(html)
                if read is not None and case["complete"]:
                    assert differs(read, case["final"]) is None, case["id"]
        assert (problem(text) is None) == case["complete"]
        if case["complete"]:
            assert value_of(text) == case["final"]
