"""The document's numbers are those that are measured, and they do not get worse."""

import pytest

from tests import moderation_numbers
from tests.material import ROOT
from tests.moderation_numbers import Count, evasion, personal, secrets, total

pytestmark = pytest.mark.slow


def test_the_document_has_the_measured_tables():
    text = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    for table in "\n".join(moderation_numbers.tables()).split("\n\n"):
        assert f"\n\n{table}\n\n" in text


def test_a_count_tells_precision_from_recall():
    count = Count()
    for wanted, found in [
        (True, True),
        (True, True),
        (True, False),
        (False, True),
        (False, False),
        (True, False),
    ]:
        count.add(wanted, found)
    assert (count.precision, count.recall) == (2 / 3, 1 / 2)
    assert count.cells() + count.rates() == "2 of 4 | 1 of 2 |67% | 50% |"
    assert Count().rates() == "– | – |"
    assert total([count, count]).cells() == "4 of 8 | 2 of 4 |"


def test_no_form_of_a_letter_and_no_invisible_character_hides_a_word():
    for kind, (alone, _) in evasion().items():
        if (
            any(part in kind for part in ("capitals", "letters", "look-alike", "accent", "invisible"))
            and "space" not in kind
        ):
            assert alone.found == alone.wanted > 0, kind


def test_secrets_are_found_without_false_alarms_that_matter():
    whole = total(secrets().values())
    assert whole.precision >= 0.9
    assert whole.recall >= 0.8


def test_personal_data_is_found_without_false_alarms_that_matter():
    whole = total(count for _, count in personal().values())
    assert whole.precision >= 0.98
    assert whole.recall >= 0.75
    checked = total(count for pack, count in personal().values() if pack.startswith("national-"))
    assert checked.alarms == 0
    assert checked.recall >= 0.85
