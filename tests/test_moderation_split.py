"""Words and phrases that a real model's pieces cut: nothing of them is let through, and little of anything else waits."""

import itertools
import statistics

import pytest

from chat.moderation import PACKS, Block, Release
from tests.split_rules import RECORDED, SHOWN, Split, checker, splits, spoken

pytestmark = pytest.mark.slow

# Code points that wait after each piece of an answer: on average, and at most. The most is what is forbidden itself, and what
# a rule may have begun with before it.
MEAN, MOST = 8, 48


def through(split: Split, packs: tuple[str, ...]) -> tuple[str, list[int]]:
    """What is let through until something blocks it, and how much waited after each piece before that."""
    gate = checker(split.blocked, packs).gate("post", SHOWN[split.channel])
    shown, waits, size = "", [], 0
    for piece in spoken(split):
        size += len(piece)
        for action in gate.feed(piece):
            if isinstance(action, Block):
                return shown, waits
            assert isinstance(action, Release)
            shown += action.text
        waits.append(size - len(shown))
    return shown, waits


def test_nothing_of_a_match_is_let_through_and_all_that_came_before_it_is() -> None:
    for split in splits():
        shown, _ = through(split, ("starter",))
        # What comes in one piece with the end of the match is not shown for the moment until it would be taken back.
        assert split.text[: split.start].startswith(shown), split.id
        assert len(shown) >= split.pauses[RECORDED].let, split.id


def test_no_piece_holds_all_of_what_is_forbidden() -> None:
    """What these cases are for: whoever looked at each piece by itself would find nothing."""
    for split in splits():
        assert checker(split.blocked, ()).scan({split.channel: split.text}).outcome == "flag", split.id
        ends = list(itertools.accumulate(map(len, spoken(split))))
        assert any(split.start < end < split.end for end in ends), split.id


@pytest.mark.parametrize(
    "packs", [(), ("starter",), tuple(PACKS)], ids=["its own rule", "starter", "all packs"]
)
def test_what_waits_is_bounded(packs: tuple[str, ...]) -> None:
    some = splits()[:: 5 if len(packs) > 1 else 1]  # all packs take most of a second to be compiled
    waits = sorted(held for split in some for held in through(split, packs)[1])
    mean, nearly_all, most = statistics.mean(waits), waits[int(len(waits) * 0.99)], waits[-1]
    print(
        f"{len(waits):,} pieces: {mean:.2f} characters held on average, {nearly_all} at p99, {most} at most"
    )
    assert mean <= MEAN
    assert most <= MOST
