"""A held text is cut where checkers found something, and nothing of it is lost or doubled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.reviews import Segment, segments

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("", [], []),
        ("plain", [], [Segment("plain")]),
        ("my key is K", [(10, 11, "key")], [Segment("my key is "), Segment("K", ("key",))]),
        ("abcd", [(0, 4, "all")], [Segment("abcd", ("all",))]),
        ("abcd", [(1, 3, "one"), (2, 4, "two")], [Segment("a"), Segment("bcd", ("one", "two"))]),
        ("abcd", [(0, 4, "out"), (1, 2, "in"), (3, 4, "in")], [Segment("abcd", ("in", "out"))]),
        ("abcd", [(0, 2, "one"), (2, 4, "two")], [Segment("ab", ("one",)), Segment("cd", ("two",))]),
        ("abcd", [(1, 1, "empty"), (3, 2, "turned"), (9, 12, "outside")], [Segment("abcd")]),
        (
            "abcd",
            [(-5, 1, "before"), (3, 99, "after")],
            [Segment("a", ("before",)), Segment("bc"), Segment("d", ("after",))],
        ),
        ("a\U0001f600b", [(1, 2, "face")], [Segment("a"), Segment("\U0001f600", ("face",)), Segment("b")]),
    ],
)
def test_segments_are_cut_at_the_spans(text: str, spans: list, expected: list) -> None:
    assert segments(text, spans) == expected


spans = st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30), st.sampled_from("abc")))


@given(st.text(max_size=25), spans)
def test_a_place_is_marked_with_a_rule_exactly_if_something_there_was_found(text: str, found: list) -> None:
    cut = segments(text, found)
    assert "".join(segment.text for segment in cut) == text
    assert all(segment.text for segment in cut)
    place = 0
    for segment in cut:
        for offset in range(place, place + len(segment.text)):
            here = {rule for start, end, rule in found if start <= offset < end}
            assert bool(here) == bool(segment.rules)
            assert here <= set(segment.rules)
        place += len(segment.text)
