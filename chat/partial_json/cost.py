"""What validating costs.

A schema that refers to itself in several ways at once can take time exponential in the depth of a document, and a
validation cannot be broken off once it has begun: so its steps are counted before, each pair of schema and value once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from chat.partial_json.labels import local

MOST_STEPS = 2_000_000  # of one schema on one value; some tenths of a second
SMALL = 2_000  # subschemas, each counted as often as it is referred to
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_PARTS = ("items", "prefixItems", "additionalItems", "contains", "unevaluatedItems")
_FIELDS = ("additionalProperties", "unevaluatedProperties", "propertyNames")


class Endless(ValueError):
    """A schema that refers to itself without going deeper into the document, or to what is not found here: nobody knows then
    what it costs.
    """


def too_costly(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether checking `value` could take more than `MOST_STEPS` steps."""
    if is_small(json.dumps(schema)):
        return False
    try:
        return Count(schema).steps(schema, value) > MOST_STEPS
    except (Endless, RecursionError):
        return True


@lru_cache(maxsize=64)
def is_small(schema: str) -> bool:
    """Whether a schema is cheap for any document: it does not refer to itself, and is small with all it refers to."""
    root = json.loads(schema)
    try:
        return _size(root, References(root), {}) <= SMALL
    except (Endless, RecursionError):
        return False


class References:
    """What those of one schema stand for, each looked for once. Raises Endless for what is not there."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._known: dict[str, Any] = {}

    def __call__(self, reference: str) -> Any:
        if reference not in self._known:
            self._known[reference] = local(reference, self._root)
        if self._known[reference] is None:
            raise Endless
        return self._known[reference]


def _size(place: Any, find: References, known: dict[int, int]) -> int:
    """How many subschemas there are, each as often as it is referred to; Endless where one contains itself."""
    if not isinstance(place, Mapping):
        return 1
    if id(place) in known:
        if not known[id(place)]:
            raise Endless
        return known[id(place)]
    known[id(place)] = 0
    size = 1 + sum(_size(sub, find, known) for sub in [*here(place, find), *_deeper(place)])
    known[id(place)] = size
    return size


def here(place: Mapping[str, Any], find: Callable[[str], Any]) -> Iterator[Any]:
    """The subschemas that are applied to the same value; `find` says what a reference stands for."""
    for key in _LISTS:
        if isinstance(place.get(key), list):
            yield from place[key]
    yield from (place[key] for key in _SINGLE if key in place)
    for key in ("dependentSchemas", "dependencies"):
        yield from _mapping(place, key).values()
    for key in ("$ref", "$dynamicRef", "$recursiveRef"):
        if isinstance(place.get(key), str):
            yield find(place[key])


def _deeper(place: Mapping[str, Any]) -> Iterator[Any]:
    for key in ("properties", "patternProperties"):
        yield from _mapping(place, key).values()
    for key in (*_PARTS, *_FIELDS):
        found = place.get(key)
        yield from found if isinstance(found, list) else [found]


def _mapping(place: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = place.get(key)
    return found if isinstance(found, Mapping) else {}


class Count:
    """The steps that a schema takes on a document, at most."""

    def __init__(self, root: Any) -> None:
        self._find = References(root)
        self._known: dict[tuple[int, int], int] = {}

    def steps(self, place: Any, value: Any) -> int:
        if not isinstance(place, Mapping):
            return 1
        pair = (id(place), id(value))
        if pair in self._known:
            if not self._known[pair]:
                raise Endless
            return self._known[pair]
        self._known[pair] = 0
        total = 1 + sum(self.steps(sub, value) for sub in here(place, self._find))
        if isinstance(value, dict):
            total += sum(
                self.steps(sub, each) for name, each in value.items() for sub in _of_field(place, name)
            )
        elif isinstance(value, list):
            subs = [sub for key in _PARTS if key in place for sub in _several(place[key])]
            total += sum(self.steps(sub, each) for each in value for sub in subs)
        self._known[pair] = total
        return total


def _of_field(place: Mapping[str, Any], name: str) -> Iterator[Any]:
    properties = _mapping(place, "properties")
    if name in properties:
        yield properties[name]
    yield from _mapping(place, "patternProperties").values()
    yield from (place[key] for key in _FIELDS if key in place)


def _several(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]
