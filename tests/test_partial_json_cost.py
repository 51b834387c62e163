"""A document costs bytes and work in proportion to its length: counted, not timed."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chat.partial_json import Document, problem, render

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out


def rows(count: int) -> list[dict[str, Any]]:
    return [{"id": n, "name": f"Item {n}", "price": n * 1.5, "ok": n % 2 == 0} for n in range(count)]


def late(count: int) -> list[dict[str, int]]:
    """Rows of which every fifth has a column that none had before, until there are as many as there may be."""
    return [{"a": n, **({f"k{n // 5}": n} if n % 5 == 0 and n < 90 else {})} for n in range(count)]


def swapped(count: int) -> list[dict[str, Any]]:
    return [{"b": n, "a": "x" * 20} if n % 2 else {"a": n, "b": "y" * 20} for n in range(count)]


def nested(depth: int, leaf: Any) -> Any:
    for _ in range(depth):
        leaf = [{"a": leaf, "b": 1}]
    return leaf


# Characters of markup sent for one of the document, in pieces of one character: tags are long beside one digit.
KINDS = {
    "long text": (lambda n: {"body": "word and words \n" * n * 4}, 3),
    "table": (rows, 8),
    "late columns": (late, 18),
    "fields in another order": (swapped, 11),
    "long list": (lambda n: list(range(n * 5)), 20),
    "digits": (lambda n: [1] * n * 5, 30),
    "empty objects": (lambda n: [{}] * n * 3, 24),
    "a field of its own in each row": (lambda n: [{f"c{number}": 1} for number in range(n)], 20),
    "tables in tables": (lambda n: [{"r": [{"x": 1, "y": 2} for _ in range(20)]} for _ in range(n // 20)], 14),
    "one row holds all": (lambda n: [{"a": [{"b": ["text " * 4] * n}]}], 8),
    "nested to the most": (lambda n: nested(15, "x" * n * 8), 7),
    "escapes": (lambda n: {"t": "\u00e9\U0001f600" * n}, 2),
    "nested lists": (lambda n: [[[1, 2], [3]]] * n, 24),
}  # fmt: skip


@contextmanager
def _work() -> Iterator[list[int]]:
    """Counts the calls of the package's functions: [number]."""
    calls = [0]

    def profile(frame: object, event: str, _: object) -> None:
        if event == "call" and "/chat/partial_json/" in frame.f_code.co_filename:  # type: ignore[attr-defined]
            calls[0] += 1

    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def _sent(text: str, size: int) -> int:
    doc = Document()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    sent = sum(len(patch.html) for piece in pieces for patch in doc.feed(piece))
    return sent + sum(len(patch.html) for patch in doc.finish())


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_and_work_grow_with_the_length(kind: str) -> None:
    make, most = KINDS[kind]
    small, large = (json.dumps(make(count)) for count in (150, 600))
    assert len(small) > 1000
    for size in (1, 8):
        with _work() as first:
            before = _sent(small, size)
        with _work() as second:
            after = _sent(large, size)
        growth = len(large) / len(small)
        assert after / before < growth * 1.25
        assert second[0] / first[0] < growth * 1.25
        assert after < most * len(large)


def test_two_thousand_rows_are_drawn_with_each_row_sent_once_or_twice() -> None:
    text = json.dumps(rows(2000))
    whole = len(render(text))
    assert _sent(text, 4096) < 1.2 * whole
    assert _sent(text, 7) < 4 * whole


def test_columns_that_come_at_the_end_do_not_draw_the_table_each_time() -> None:
    text = json.dumps([*rows(500), *({f"late {number}": 1} for number in range(15))])
    assert _sent(text, 64) < 4 * len(render(text))


def test_a_long_row_costs_what_it_is_long() -> None:
    """A row in another order than the columns is drawn anew, but not with each of its characters."""
    text = '[{"a":"x","b":"y"},{"b":"' + "y" * 20_000 + '","a":"' + "x" * 20_000 + '"}]'
    assert _sent(text, 1) < 6 * len(text)


def test_validation_of_a_long_document_is_linear() -> None:
    schema = {
        "items": {"properties": {"a": {"$ref": "#/$defs/n"}, "next": {"$ref": "#"}}},
        "$defs": {"n": {"type": "number"}},
    }
    counts = []
    for count in (500, 2000):
        text = json.dumps([{"a": number, "next": [{"a": number}]} for number in range(count)])
        with _work() as calls:
            assert problem(text, schema) is None
        counts.append(calls[0])
    assert counts[1] < 4.4 * counts[0]


MADE_TO_BE_SLOW = {
    "a long name": '{"' + "a" * 30_000,
    "a long number": "1" * 30_000,
    "backslashes": '"' + "\\\\" * 15_000,
    "half escapes": '["' + "\\ud83d" * 5_000,
    "white space": " \n" * 15_000,
    "brackets": "[" * 30_000,
    "no JSON": "<" * 30_000,
    "the same field": "{" + ",".join(['"a":1'] * 5_000) + "}",
    "new rows": "[" + "{}," * 10_000,
    "wide rows": json.dumps([{f"c{number}": 1 for number in range(300)}] * 10),
}


@pytest.mark.parametrize("name", MADE_TO_BE_SLOW)
@pytest.mark.parametrize("size", [1, 64])
def test_texts_made_to_be_slow_are_bounded(name: str, size: int) -> None:
    text = MADE_TO_BE_SLOW[name]
    with _work() as calls:
        sent = _sent(text, size)
    assert calls[0] < 60 * len(text)
    assert sent < 30 * len(text) + 1000
