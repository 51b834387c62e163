"""What the desk says: why somebody looked, how long a case is theirs, what became of a decision, and which filters are set."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from chat import reviews
from chat.models import Case, CaseEntry, CaseReason, User


@pytest.mark.parametrize("why", CaseEntry.Why)
def test_why_somebody_looked_stands_in_the_record_also_for_who_reads_no_text(
    case: Case, reviewer: User, desk: Client, person: Callable[..., User], why: str
) -> None:
    auditor = Client()
    auditor.force_login(person("otto", role="Auditor"))
    words = f'<p class="muted">{CaseEntry.Why(why).label}</p>'
    for reader in (desk, auditor):
        assert words not in reader.get(f"/review/{case.pk}/").content.decode()
    reviews.reveal(reviewer, case.pk, why)
    for reader in (desk, auditor):
        assert words in reader.get(f"/review/{case.pk}/").content.decode()


def test_a_note_and_a_reveal_in_words_have_no_other_reason(case: Case, reviewer: User) -> None:
    reviews.reveal(reviewer, case.pk, "", "Ben asked me.")
    reviews.note(reviewer, case.pk, "decide")
    assert [entry.why for entry in case.entries.all()] == ["", ""]


def test_who_has_a_case_is_told_until_when_at_least(case: Case, reviewer: User, desk: Client) -> None:
    claimed = reviews.claim(reviewer, case.pk)
    assert claimed.claimed_until is not None
    until = timezone.localtime(claimed.claimed_until)
    page = desk.get(f"/review/{case.pk}/").content.decode()
    assert f", until {until:%H:%M} at least" in page
    assert '<span class="js-only">, and while this page is open</span>' in page


def test_a_filter_that_is_set_can_be_seen_however_rare_its_value_is(case: Case, desk: Client) -> None:
    rows = []
    for number in range(60):
        rows += [CaseReason(case=case, lane=case.lane, rule=f"rule-{number}", checker=f"checker-{number}")]
    CaseReason.objects.bulk_create(rows)
    for name, value in (("rule", "rule-59"), ("checker", "checker-59"), ("rule", "nowhere")):
        page = desk.get("/review/", {name: value})
        choices = next(facet.choices for facet in page.context["facets"] if facet.name == name)
        assert [choice.value for choice in choices if choice.chosen] == [value]
        assert len({choice.value for choice in choices}) == len(choices)
