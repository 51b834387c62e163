"""The desk's numbers: what they count, over which days, and that each picture has its words and its table."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from chat import reviews
from chat.models import Case, User
from chat.reviews import numbers
from chat.views import charts
from tests import held
from tests.factories import ERROR, answered
from tests.factories import held as factory_held

pytestmark = pytest.mark.slow


@pytest.fixture
def cases(person: Callable[..., User], reviewer: User) -> list[Case]:
    """Six of a rule over six days, of which four are decided, three of those released; shown to 0, 10, … characters."""
    chat = held.conversation(person("ann"))
    found = []
    for number in range(6):
        case = held.held(chat, "x" * 2000, (0, 4, "aws-key"))
        if number < 4:
            reviews.decide(reviewer, case.pk, "release" if number else "uphold", "So it is.", 0)
        opened = timezone.now() - timedelta(days=number)
        shown = [0, 10, 100, 500, 1500, Case.UNKNOWN][number]
        waited = [30, 600, 7200, 90_000, None, None][number]
        Case.objects.filter(pk=case.pk).update(
            opened_at=opened, shown=shown, readers=bool(shown), waited=waited, category="secrets"
        )
        found.append(case)
    return found


def test_they_count_what_they_say(cases: list[Case], reviewer: User) -> None:
    found = numbers.numbers(reviewer, 7)
    assert found.cases == 6
    days = [day for day, _ in found.days]
    assert days == [days[0] + timedelta(days=number) for number in range(7)]
    # Midnight may have passed since they were made, or while they were.
    opened = Counter(timezone.localdate(at) for at in Case.objects.values_list("opened_at", flat=True))
    assert {day: counts.total() for day, counts in found.days if counts} == opened
    assert len(opened) >= 5
    assert found.reasons == ["Secrets and keys"]
    assert found.waits == [
        ("under 10 minutes", 2), ("under an hour", 0), ("under 8 hours", 1), ("under a day", 0), ("longer", 1),
    ]  # fmt: skip
    assert (found.decided, found.median) == (4, 7200)
    (rule,) = found.rules
    assert (rule.name, rule.part, rule.total, rule.more, rule.rate) == ("aws-key", 3, 4, 6, 75)
    assert [count for _, count in found.exposure] == [1, 2, 1, 1, 1]
    assert (found.characters, found.readers) == (2110, 4)


def test_a_shorter_range_leaves_out_what_is_older(cases: list[Case], reviewer: User) -> None:
    Case.objects.update(opened_at=timezone.now() - timedelta(days=20))
    assert numbers.numbers(reviewer, 7).cases == 0
    assert numbers.numbers(reviewer, 30).cases == 6


def test_unchecked_is_counted_by_checker(reviewer: User) -> None:
    answered()
    factory_held(outcome="unchecked")
    (checker,) = numbers.numbers(reviewer, 7).checkers
    assert (checker.name, checker.part, checker.total) == ("rules", 1, 2)
    assert ERROR[0]["checker"] == "rules"
    named = [counts for _, counts in numbers.numbers(reviewer, 7).days if counts]
    assert named == [{"Could not be checked": 1}]


def test_each_picture_has_its_words_and_its_table(cases: list[Case], reviewer: User) -> None:
    client = Client()
    client.force_login(reviewer)
    page = client.get("/review/numbers/?days=7").content.decode()
    pictures = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", page, re.S)
    assert len(pictures) >= 12
    for picture in pictures:
        assert "<title" in picture
        assert "<desc" in picture
    assert page.count("<table") == 5
    assert "half of them within 2 hours" in page
    assert client.get("/review/numbers/?days=9").context["days"] == 30
    for nobody in ("", "7"):
        assert Client().get(f"/review/numbers/?days={nobody}").status_code == 302


def test_without_the_right_there_are_none(person: Callable[..., User]) -> None:
    with pytest.raises(PermissionDenied):
        numbers.numbers(person("ann"), 7)


def test_they_ask_as_often_however_many_cases_there_are(
    cases: list[Case], reviewer: User, django_assert_num_queries
) -> None:
    for days in numbers.RANGES:
        viewer = User.objects.get(pk=reviewer.pk)
        with django_assert_num_queries(9):
            numbers.numbers(viewer, days)


def test_bars_are_stacked_and_the_smallest_series_are_one() -> None:
    names = list("abcdefg")
    bars = [("1 Nov", dict.fromkeys(names, 1)), ("2 Nov", {"a": 14})]
    chart = charts.stacked("Title", bars, names, "cases")
    assert chart.top == 14
    assert chart.description == "21 cases in 2 days. Most on 2 Nov: 14."
    assert [series for series, _ in chart.legend] == [1, 2, 3, 4, 5, 6]
    assert len(chart.rects) == 7
    last = chart.rects[-1]
    assert (last.y, last.height) == ("0", "160")
    assert charts.stacked("Empty", [("1 Nov", {})], [], "cases").rects == []
