"""Texts made to keep an engine of patterns busy: a piece is looked at with what is kept back before it, so many times and
no more, what was let through is not read again, and what is kept back only when it has become a part longer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from chat.moderation import BadRule, Release, automaton, compile_rules
from chat.moderation.packs import starter_pack
from chat.moderation.patterns import PatternChecker
from chat.moderation.programs import Program
from tests.slow_patterns import rule, shared

PATTERNS = ["a+$", "(a+)+$", r"((\w|b)(a+))+$", r"(?i)(a|aa)+[^a\s]x", r"a.{0,300}b$", r"^.*a.*a.*a$"]
PIECE = 50  # characters
SHORT, LONG = 4_000, 16_000
# Of a piece and what is kept back before it: 24 + 128 places that are looked from, in a few views, with two or three
# programs each. The most that was measured is 510; to look from each place of 16,000 would be some 20,000.
LOOKS = 1_000

Attacks = Callable[[int], list[tuple[str, str]]]


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


def ours(length: int) -> list[tuple[str, str]]:
    return [(pattern, "a" * length + "!") for pattern in PATTERNS]


@dataclass(frozen=True)
class Step:
    """Bytes that were read for a piece of a text, and characters of it that were not let through before, with the piece."""

    read: int
    kept: int


def steps(read: list[int], pattern: str, text: str) -> Iterator[Step]:
    """The whole text, in equal pieces; last its end. Raises BadRule."""
    return stepped(read, compile_rules([rule(pattern)]), text)


def stepped(read: list[int], rules: PatternChecker, text: str) -> Iterator[Step]:
    gate, let = rules.gate("post", "markdown"), 0
    for at in range(0, len(text), PIECE):
        read.clear()
        kept = min(at + PIECE, len(text)) - let
        let += sum(
            len(action.text) for action in gate.feed(text[at : at + PIECE]) if isinstance(action, Release)
        )
        yield Step(sum(read), kept)
    read.clear()
    gate.finish()
    yield Step(sum(read), len(text) - let)


@pytest.mark.slow
@pytest.mark.parametrize("attacks", [ours, shared])
def test_a_piece_is_looked_at_so_many_times_and_a_text_that_is_kept_back_in_proportion_to_its_length(
    read: list[int], attacks: Attacks
) -> None:
    tried = 0
    for (pattern, short), (_, long) in zip(attacks(SHORT), attacks(LONG), strict=True):
        try:
            compared = list(steps(read, pattern, short)), list(steps(read, pattern, long))
        except BadRule:
            continue
        tried += 1
        for each in (step for found in compared for step in found):
            assert each.read <= LOOKS * (each.kept + PIECE), (pattern, each)
        # At the end all places are looked from, up to as many as are free, or each rule is tried by itself.
        ends = [found[-1].read for found in compared]
        assert ends[1] < 8 * ends[0] + 100_000, (pattern, ends)
        # Sixteen times would be the square; four, and the part to which it has not settled yet.
        few, many = (sum(step.read for step in found) for found in compared)
        assert many < 6 * few + 100_000, (pattern, few, many)
    assert tried >= len(PATTERNS)


ENDLESS_RUNS = ["a", "é", "1", "0f", "a\u200b", "sk-", "Aa1-", "AKIA"]


@pytest.mark.slow
@pytest.mark.parametrize("run", ENDLESS_RUNS)
def test_a_run_without_an_end_is_kept_back_only_as_far_as_a_rule_can_reach(read: list[int], run: str) -> None:
    """With the pack that is on by default: a key of 36 characters is none once there are 37."""
    rules, reads = compile_rules(starter_pack()), []
    for length in (SHORT, LONG):
        found = list(stepped(read, rules, run * (length // len(run))))
        assert max(step.kept for step in found) <= automaton.REACHES[-1] + 2 * PIECE
        reads.append(sum(step.read for step in found))
    assert reads[1] < 6 * reads[0], reads


@pytest.mark.slow
@pytest.mark.parametrize("attacks", [ours, shared])
def test_what_was_let_through_is_not_read_again(read: list[int], attacks: Attacks) -> None:
    """Attacks of a few hundred characters, one after the other: all that is read grows with their number."""
    tried = 0
    for pattern, attack in attacks(200):
        texts = [attack + "\n\n" for _ in range(LONG // 200)]
        try:
            few, many = (
                sum(step.read for step in steps(read, pattern, "".join(texts[: length // 200])))
                for length in (SHORT, LONG)
            )
        except BadRule:
            continue
        tried += 1
        # Sixteen times would be the square.
        assert many < 6 * few, (pattern, few, many)
    assert tried >= len(PATTERNS)
