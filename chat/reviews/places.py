"""Where a page of the queue ends, as an address carries it: the columns that the order is made of, and the case's id."""

from uuid import UUID

from .. import moments
from ..models import Case


def place_of(case: Case) -> str:
    return f"{case.place}_{case.opened_at.isoformat()}_{case.shown}_{case.pk}"


def case_at(text: str) -> Case | None:
    """A case that stands there, with nothing but those columns; None where this is no place."""
    parts = text.split("_")
    if len(parts) != 4:
        return None
    try:
        place, opened_at, shown, key = (
            int(parts[0]),
            moments.moment_of(parts[1]),
            int(parts[2]),
            UUID(parts[3]),
        )
    except ValueError:
        return None
    if opened_at is None or abs(place) >= 1 << 62 or not 0 <= shown < 1 << 31:
        return None
    return Case(pk=key, place=place, opened_at=opened_at, shown=shown)
