"""JSON as providers send it, into Python values."""

import json
import math
from typing import Any

import jiter

from .deltas import clean


def load(raw: bytes) -> Any:
    """The value in `raw`; ValueError where it is not one whole JSON document.

    jiter takes 0.8 µs for a chunk that costs `json` 3.1, but it refuses what some providers send: half a
    surrogate pair (an emoji cut between two events) and bytes that are not UTF-8. Those go the slow way.
    """
    try:
        return jiter.from_json(raw, allow_inf_nan=False)
    except ValueError:
        pass
    try:
        return json.loads(raw.decode("utf-8", "replace"), parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def listed(value: Any) -> list[Any]:
    """A list, or nothing where the provider sent something else."""
    return value if isinstance(value, list) else []


def counts(value: Any, depth: int = 0) -> Any:
    """A usage object within bounds: it is stored, and comes from outside."""
    if isinstance(value, dict):
        return (
            {clean(k[:100]): counts(v, depth + 1) for k, v in list(value.items())[:50]} if depth < 4 else None
        )
    if isinstance(value, list):
        return [counts(v, depth + 1) for v in value[:50]] if depth < 4 else None
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it, and a database takes none
    return clean(value[:200]) if isinstance(value, str) else value


def window(row: Any, *names: str) -> int | None:
    """The first of these fields that can be a number of tokens."""
    found = (row.get(name) for name in names) if isinstance(row, dict) else ()
    return next((n for n in found if isinstance(n, int) and not isinstance(n, bool) and 0 < n < 2**31), None)
