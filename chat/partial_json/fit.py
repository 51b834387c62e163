"""Whether a document fits its schema, and if it does not, the one sentence that says where and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs

from chat.partial_json.cost import too_costly
from chat.partial_json.reasons import reason
from chat.partial_json.strict import NotJSON, value_of


def problem(text: str, schema: Mapping[str, Any] | None = None) -> str | None:
    """What is wrong with a whole document: no JSON, cut off, or not as `schema` has it; None when all is well."""
    try:
        value = value_of(text)
    except NotJSON as error:
        return str(error)
    if schema is None:
        return None
    if too_costly(schema, value):
        return "It could not be checked against its schema: that would take too long."
    try:
        validator(json.dumps(schema)).validate(value)
    except jsonschema_rs.ValidationError as error:
        return f"{reason(error)}."
    return None


@lru_cache(maxsize=64)
def validator(schema: str) -> jsonschema_rs.Validator:
    """A compiled schema. Nothing is fetched for it, and its patterns run in linear time."""
    return jsonschema_rs.validator_for(
        json.loads(schema),
        offline=True,
        validate_formats=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=1_000_000, dfa_size_limit=1_000_000),
    )
