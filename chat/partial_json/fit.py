"""Whether a document fits its schema, and if it does not, the one sentence that says where and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from chat.partial_json.compiled import validator
from chat.partial_json.cost import too_costly
from chat.partial_json.reasons import reason
from chat.partial_json.schemas import schema_problem
from chat.partial_json.strict import NotJSON, value_of


def problem(text: str, schema: Mapping[str, Any] | None = None) -> str | None:
    """What is wrong with a whole document: no JSON, cut off, or not as `schema` has it; None when all is well."""
    try:
        value = value_of(text)
    except NotJSON as error:
        return str(error)
    if schema is None:
        return None
    unusable = schema_problem(schema)
    if unusable:
        return f"It could not be checked against its schema. {unusable}"
    if too_costly(schema, value):
        return "It could not be checked against its schema: that would take too long."
    try:
        validator(json.dumps(schema)).validate(value)
    except jsonschema_rs.ValidationError as error:
        return f"{reason(error)}."
    return None
