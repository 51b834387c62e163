"""JSON as providers send it, into Python values."""

import json
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


def counts(usage: dict[str, Any]) -> dict[str, Any]:
    """A usage object within bounds: it is stored, and comes from outside. At most 200 values, 4 deep."""
    return _bounded(usage, 0, [200])


def _bounded(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0 or (depth == 4 and isinstance(value, dict | list)):
        return None
    if isinstance(value, dict):
        return {clean(k[:100]): _bounded(v, depth + 1, left) for k, v in list(value.items())[:50]}
    if isinstance(value, list):
        return [_bounded(v, depth + 1, left) for v in value[:50]]
    if isinstance(value, int | float) and not abs(value) < 2**63:
        return None  # no number, none that JSON has a word for, or none that a database takes
    return clean(value[:200]) if isinstance(value, str) else value


def window(row: Any, *names: str) -> int | None:
    """The first of these fields that can be a number of tokens."""
    found = (row.get(name) for name in names) if isinstance(row, dict) else ()
    return next((n for n in found if isinstance(n, int) and not isinstance(n, bool) and 0 < n < 2**31), None)
