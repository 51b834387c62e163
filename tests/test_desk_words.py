"""What the desk says: why somebody looked, how long a case is theirs, what became of a decision, and which filters are set."""

from django.test import Client
from django.utils import timezone

from chat import reviews
from chat.models import Case, User


def test_who_has_a_case_is_told_until_when_at_least(case: Case, reviewer: User, desk: Client) -> None:
    claimed = reviews.claim(reviewer, case.pk)
    assert claimed.claimed_until is not None
    until = timezone.localtime(claimed.claimed_until)
    page = desk.get(f"/review/{case.pk}/").content.decode()
    assert f", until {until:%H:%M} at least" in page
    assert '<span class="js-only">, and while this page is open</span>' in page
