"""Moments as addresses and forms name them."""

from datetime import UTC, date, datetime, time

from django.utils import timezone


def moment_of(text: str) -> datetime | None:
    """The moment that an address names, in ISO 8601 with its zone; None where this is none, or none that a database knows."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def midnight(day: date) -> datetime:
    """When the day begins where the person is. A day ends with the midnight of the next, which is not always 24 hours later."""
    return timezone.make_aware(datetime.combine(day, time()))
