"""Actions of the gate, and how results become a verdict."""

import itertools

import pytest

from chat.moderation import Done, PostGate, Release, Result, aggregate


def result(checker, outcome):
    return Result(checker, outcome)


@pytest.mark.parametrize("size", [1, 3, 17, 1000])
def test_post_releases_everything_at_once_and_its_candidate_is_the_whole_text(size):
    text = "A 😀 text.\n\nWith lines. " * 5
    gate = PostGate()
    released = [
        action for start in range(0, len(text), size) for action in gate.feed(text[start : start + size])
    ]
    assert released == [Release(text[start : start + size]) for start in range(0, len(text), size)]
    assert gate.finish() == [Done(text)]


def test_post_releases_nothing_for_nothing_and_ends_with_an_empty_candidate():
    gate = PostGate()
    assert gate.feed("") == []
    assert gate.judged(1, result("rules", "flag")) == []
    assert gate.finish() == [Done("")]


@pytest.mark.parametrize(
    ("required", "results", "verdict"),
    [
        ([], [], "unchecked"),
        ([], ["a pass"], "unchecked"),
        ([], ["a flag"], "flagged"),
        (["a"], [], "unchecked"),
        (["a"], ["a pass"], "pass"),
        (["a"], ["a error"], "unchecked"),
        (["a"], ["a flag"], "flagged"),
        (["a"], ["b pass"], "unchecked"),
        (["a", "b"], ["a pass"], "unchecked"),
        (["a", "b"], ["a pass", "b pass"], "pass"),
        (["a", "b"], ["a pass", "b error"], "unchecked"),
        (["a", "b"], ["a flag", "b error"], "flagged"),
        (["a", "b"], ["a flag"], "flagged"),
        (["a"], ["a pass", "b pass"], "pass"),
        (["a"], ["a pass", "b flag"], "flagged"),
        (["a"], ["a pass", "b error"], "unchecked"),
        (["a"], ["a pass", "a error"], "unchecked"),
        (["a"], ["a pass", "a flag"], "flagged"),
        (["a", "a"], ["a pass"], "pass"),
        (["a"], ["a unheard-of"], "unchecked"),
    ],
)
def test_the_verdict_of_results(required, results, verdict):
    assert aggregate(required, [result(*each.split()) for each in results]) == verdict


def test_only_all_passes_of_all_required_make_a_pass():
    for outcomes in itertools.product(("pass", "flag", "error", None), repeat=3):
        given = [result(name, outcome) for name, outcome in zip("abc", outcomes, strict=True) if outcome]
        expected = "flagged" if "flag" in outcomes else "pass" if set(outcomes) == {"pass"} else "unchecked"
        assert aggregate("abc", given) == expected
        assert aggregate("abc", given[::-1]) == expected
