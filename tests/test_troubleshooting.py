"""Whatever a person may read about a failure, the page for operators explains."""

import re
from pathlib import Path

from chat.generation import attempt, received, winding_up
from chat.llm import errors

PAGE = Path(__file__).resolve().parent.parent / "docs" / "troubleshooting.md"
KINDS = [
    each for each in vars(errors).values()
    if isinstance(each, type) and issubclass(each, errors.ProviderError) and each is not errors.ProviderError
]  # fmt: skip


def test_every_kind_of_failure_is_explained_with_its_sentence() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = dict(rows)
    assert len(rows) == len(told)
    assert told.pop("NoFinish") == received.CUT_OFF
    assert told == {kind.__name__: kind.sentence for kind in KINDS}
    assert len(KINDS) >= 19


def test_the_ends_that_are_no_failure_of_a_provider_are_explained_too() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for sentence in (
        attempt.TOO_LONG, received.BLOCKED, received.EMPTY, received.THOUGHT_ONLY, winding_up.DIED, errors.ProviderError.sentence,
    ):  # fmt: skip
        assert f"\n| {sentence} |" in text, sentence


def test_every_sentence_is_one_that_a_person_can_act_upon() -> None:
    for kind in KINDS:
        assert kind.sentence.endswith("."), kind
        assert len(kind.sentence) <= 200, kind
        assert re.search(r"try again|tell|ask|new conversation|other words", kind.sentence), kind
