"""A validator's finding as a sentence for people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from jsonschema_rs import ValidationError

from chat.partial_json.strict import place

_TYPES = {
    "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
    "null": "null", "object": "an object", "array": "a list",
}  # fmt: skip
_FORMATS = {
    "date": "date (2026-01-31)", "time": "time (12:30:00Z)", "date-time": "date and time (2026-01-31T12:30:00Z)",
    "email": "e-mail address", "uri": "address (URI)", "uuid": "UUID", "hostname": "host name", "ipv4": "IPv4 address",
    "ipv6": "IPv6 address", "duration": "duration (P1DT2H)",
}  # fmt: skip


def reason(error: ValidationError) -> str:
    """Where a document does not fit and why, without a full stop."""
    kind = error.kind.as_dict()
    name = error.kind.name
    path = list(error.instance_path)
    if name in {"anyOf", "oneOf"} and (inner := _nearest(error, kind.get("context") or [])):
        return reason(inner)
    if name in {"required", "dependentRequired"}:
        return f"{place([*path, kind['property']])} is missing"
    if name in {"additionalProperties", "unevaluatedProperties"}:
        return f"{place([*path, kind['unexpected'][0]])} is a field that the schema does not have"
    it = place(path) or "the document"
    return f"{it} {_SAYS.get(name, _unfit)(kind, error.instance)}"


def _nearest(error: ValidationError, context: list[list[ValidationError]]) -> ValidationError | None:
    """Of the alternatives that do not fit, the one that comes closest, if any is meant."""
    tried = [errors[0] for errors in context if errors and not _other_type(errors[0], error)]
    if len(tried) == 1:
        return tried[0]
    deeper = [each for each in tried if len(each.instance_path) > len(error.instance_path)]
    return max(deeper, key=lambda each: len(each.instance_path)) if deeper else None


def _other_type(inner: ValidationError, outer: ValidationError) -> bool:
    return inner.kind.name == "type" and len(inner.instance_path) == len(outer.instance_path)


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (str, "string"), (dict, "object"), (list, "array")):
        if isinstance(value, kind):
            return _TYPES[name] if kind is not bool else json.dumps(value)
    return _TYPES["number"]


def _short(value: Any) -> str:
    if isinstance(value, str):
        return f"“{value if len(value) <= 60 else value[:60] + '…'}”"
    if isinstance(value, dict | list):
        return _type_of(value)
    written = json.dumps(value, default=str)
    return written if len(written) <= 60 else written[:60] + "…"


def _either(options: list[str]) -> str:
    shown = options if len(options) <= 8 else [*options[:7], "…"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _unfit(kind: dict[str, Any], value: Any) -> str:
    return "is nothing that the schema allows here"


def _bound(words: str) -> Callable[[dict[str, Any], Any], str]:
    return lambda kind, value: f"is {_short(value)}, it has to be {words} {_short(kind['limit'])}"


def _count(words: str, unit: str) -> Callable[[dict[str, Any], Any], str]:
    def say(kind: dict[str, Any], value: Any) -> str:
        return f"has {len(value)} {unit}{'s' * (len(value) != 1)}, it has to have {words} {kind['limit']}"

    return say


_SAYS: dict[str, Callable[[dict[str, Any], Any], str]] = {
    "type": lambda kind, value: (
        f"is {_fraction(kind, value)}, it has to be {_either(sorted(_TYPES.get(each, each) for each in kind['types']))}"
    ),
    "enum": lambda kind, value: (
        f"is {_short(value)}, it has to be {_either([_short(each) for each in kind['options']])}"
    ),
    "const": lambda kind, value: f"is {_short(value)}, it has to be {_short(kind['expected_value'])}",
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "multipleOf": lambda kind, value: (
        f"is {_short(value)}, it has to be a multiple of {_short(kind['multiple_of'])}"
    ),
    "minLength": _count("at least", "character"),
    "maxLength": _count("at most", "character"),
    "minItems": _count("at least", "item"),
    "maxItems": _count("at most", "item"),
    "minProperties": _count("at least", "field"),
    "maxProperties": _count("at most", "field"),
    "pattern": lambda kind, value: f"is {_short(value)}, which has not the form {kind['pattern'][:80]}",
    "format": lambda kind, value: (
        f"is {_short(value)}, which is no {_FORMATS.get(kind['format'], kind['format'])}"
    ),
    "uniqueItems": lambda kind, value: "has the same item twice",
    "contains": lambda kind, value: "has no item such as the schema asks for",
    "propertyNames": lambda kind, value: (
        f"has a field of a name that the schema does not allow: {_short(kind['error'].instance)}"
    ),
    "anyOf": lambda kind, value: "fits none of the forms that the schema allows here",
    "oneOf": lambda kind, value: "does not fit exactly one of the forms that the schema allows here",
}


def _fraction(kind: dict[str, Any], value: Any) -> str:
    """The value's type; where a whole number is asked for, a fraction itself."""
    return _short(value) if isinstance(value, float) and "integer" in kind["types"] else _type_of(value)
