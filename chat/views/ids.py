"""Ids as they come with a request."""

from uuid import UUID


def row_id(text: str | None) -> int | None:
    """The id of a row, or None where this is none."""
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdecimal() else None


def uuid_of(text: str | None) -> UUID | None:
    """The id of a conversation or a turn, or None where this is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
