"""Texts made to keep an engine of patterns busy: the work grows with a text's length, not with its square."""

import re
from collections.abc import Callable

import pytest

from chat.moderation import BadRule, Rule, compile_rules
from chat.moderation.programs import Program
from tests.material import load

PATTERNS = ["a+$", "(a+)+$", r"((\w|b)(a+))+$", r"(?i)(a|aa)+[^a\s]x", r"a.{0,300}b$", r"^.*a.*a.*a$"]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each question of RE2 was about; a pattern is asked about the same ones again where it is held open."""
    asked: list[int] = []
    found = Program._found

    def counting(self, anchor, data, place, end):
        asked.append(end - place)
        return found(self, anchor, data, place, end)

    monkeypatch.setattr(Program, "_found", counting)
    return asked


def a_rule(pattern: str) -> Rule:
    return Rule(
        name="slow", title="Slow", reason="-", pattern=pattern, positives=(), negatives=(), source="-"
    )


def ours(length: int) -> list[tuple[str, str]]:
    return [(pattern, "a" * length + "!") for pattern in PATTERNS]


def shared(length: int) -> list[tuple[str, str]]:
    """Patterns that stall other engines, each with the text that does it: pieces, of which some are repeated."""
    return [
        (
            case["pattern"],
            "".join(
                piece * (length if repeated else 1)
                for piece, repeated in re.findall(r'"([^"]*)"(\*\{n\})?', case["attack"])
            ),
        )
        for case in load("5-moderation/redos_patterns.json")["cases"]
    ]


def work(read: list[int], pattern: str, text: str) -> int:
    """Bytes that were read to bring the text to its end, once all but its last hundred had come."""
    gate = compile_rules([a_rule(pattern)]).gate("post", "markdown")
    gate.feed(text[:-100])
    read.clear()
    for at in range(len(text) - 100, len(text), 10):
        gate.feed(text[at : at + 10])
    gate.finish()
    return sum(read)


@pytest.mark.parametrize("attacks", [ours, shared])
def test_no_attack_takes_more_than_in_proportion_to_its_length(
    read: list[int], attacks: Callable[[int], list[tuple[str, str]]]
) -> None:
    tried = 0
    for (pattern, short), (_, long) in zip(attacks(8_000), attacks(32_000), strict=True):
        try:
            once, four_times = work(read, pattern, short), work(read, pattern, long)
        except BadRule:
            continue
        tried += 1
        # Sixteen times would be the square; a look at each of a few hundred bytes is free.
        assert four_times < 8 * once + 100_000, pattern
    assert tried >= len(PATTERNS)
