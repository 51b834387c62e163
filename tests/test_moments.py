"""Moments and days as addresses and forms name them, also on the days on which clocks are changed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from chat import moments
from chat.models import Turn, User
from chat.reviews import transcripts
from tests import held

BERLIN = ZoneInfo("Europe/Berlin")
LONG = date(2026, 10, 25)  # of 25 hours there


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-30T10:00:00+00:00", datetime(2026, 11, 30, 10, tzinfo=UTC)),
        ("2026-11-30T10:00:00.5+02:00", datetime(2026, 11, 30, 8, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-30T10:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_moment_is_read_with_its_zone_or_not_at_all(text: str, moment: datetime | None) -> None:
    assert moments.moment_of(text) == moment


def test_a_day_begins_where_the_person_is() -> None:
    with timezone.override(BERLIN):
        begins, ends = moments.midnight(LONG), moments.midnight(LONG + timedelta(days=1))
    assert (begins.astimezone(UTC), ends.astimezone(UTC)) == (
        datetime(2026, 10, 24, 22, tzinfo=UTC),
        datetime(2026, 10, 25, 23, tzinfo=UTC),
    )


def test_a_conversation_is_found_by_the_last_hour_of_the_longest_day(
    senior: User, person: Callable[..., User]
) -> None:
    chat = held.conversation(person("ann"))
    held.saved(chat, "What is the limit?", "Four hundred.")
    for hour, found in ((22, 1), (23, 0)):
        Turn.objects.update(created_at=datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
        with timezone.override(BERLIN):
            assert len(transcripts.find(senior, username="ann", day=LONG)) == found
