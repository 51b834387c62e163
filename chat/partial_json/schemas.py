"""Whether a schema can be used, said before it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import jsonschema_rs

from chat.partial_json.compiled import validator
from chat.partial_json.cost import here
from chat.partial_json.labels import local
from chat.partial_json.reasons import reason
from chat.partial_json.strict import place

LARGEST = 100_000  # characters
DEEPEST = 64  # levels
_VALUES = {"enum", "const", "default", "examples"}  # what stands there is no schema
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def schema_problem(schema: Any) -> str | None:
    """Why `schema` cannot be the shape of an answer, in one sentence; None when it can. Nothing is ever fetched."""
    if not isinstance(schema, Mapping):
        return 'A schema is a JSON object, such as {"type": "object", "properties": {…}}.'
    written = json.dumps(schema)
    if len(written) > LARGEST:
        return f"The schema has {len(written):,} characters; {LARGEST:,} are the most."
    return _problem(written)


@lru_cache(maxsize=64)
def _problem(written: str) -> str | None:
    schema = json.loads(written)
    found = _walk(schema, [], schema)
    if found:
        return found
    try:
        validator(written)
    except jsonschema_rs.ValidationError as error:
        return _invalid(error)
    return None


def _walk(part: Any, path: list[str | int], root: Any) -> str | None:
    """The first fault of a kind that the validator does not name."""
    if len(path) > DEEPEST:
        return f"The schema is more than {DEEPEST} levels deep."
    if isinstance(part, Mapping):
        for key in _REFERENCES:
            reference = part.get(key)
            if isinstance(reference, str) and not reference.startswith("#"):
                return (
                    f"{_where(path)} refers to “{reference[:100]}”, and nothing is fetched from elsewhere: "
                    "put it under $defs and refer to it as #/$defs/…."
                )
        if path and isinstance(part.get("$id"), str):
            return f"{_where(path)} has an $id of its own, which changes what references in it mean: leave it out."
        if _circles(part, root):
            return f"{_where(path)} refers to itself without end."
    for step, inner in _parts(part):
        found = _walk(inner, [*path, step], root)
        if found:
            return found
    return None


def _parts(part: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(part, Mapping):
        yield from ((str(key), inner) for key, inner in part.items() if key not in _VALUES)
    elif isinstance(part, list):
        yield from enumerate(part)


def _circles(part: Mapping[str, Any], root: Any) -> bool:
    """Whether applying it to a value leads back to applying it to the same value."""
    find = partial(local, root=root)
    seen: set[int] = set()
    waiting = list(here(part, find))
    while waiting:
        each = waiting.pop()
        if each is part:
            return True
        if isinstance(each, Mapping) and id(each) not in seen:
            seen.add(id(each))
            waiting += here(each, find)
    return False


def _where(path: list[str | int]) -> str:
    return place(path) or "The schema"


def _invalid(error: jsonschema_rs.ValidationError) -> str:
    kind = error.kind.as_dict()
    if error.kind.name == "format" and kind.get("format") == "regex":
        return (
            f"{_where(list(error.instance_path))} is a pattern that cannot be used: it is faulty or too large, "
            "or looks around or back, which takes too long on some texts."
        )
    if isinstance(kind.get("error"), jsonschema_rs.ReferencingError):
        return f"The schema refers to what is not there: {error.message}."
    return f"This is not a valid schema: {reason(error)}."
