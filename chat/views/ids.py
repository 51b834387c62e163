"""Ids as they come with a request."""


def row_id(text: str | None) -> int | None:
    """The id of a row, or None where this is none."""
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdecimal() else None
