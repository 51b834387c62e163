"""Schemas made ready to validate."""

from __future__ import annotations

import json
from functools import lru_cache

import jsonschema_rs


@lru_cache(maxsize=64)
def validator(schema: str) -> jsonschema_rs.Validator:
    """A compiled schema. Nothing is fetched for it, and its patterns run in linear time."""
    return jsonschema_rs.validator_for(
        json.loads(schema),
        offline=True,
        validate_formats=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=1_000_000, dfa_size_limit=1_000_000),
    )
