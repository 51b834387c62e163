"""What a JSON Schema says about how a document is to be read: titles, descriptions, the columns of a table.

A schema may be wrong in any way here: what is not understood is not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

_NUMBERS = ("number", "integer", "null")
_HOPS = 16  # references and alternatives that lead to one another


class Label:
    """One place of a schema. Nothing is known of a place outside of it, and nothing is ever fetched."""

    __slots__ = ("_places", "_root")

    def __init__(self, schema: Any, root: Any = None) -> None:
        self._root = schema if root is None else root
        self._places = list(_places(schema, self._root)) if isinstance(schema, Mapping) else []

    @property
    def title(self) -> str:
        return self._word("title")

    @property
    def description(self) -> str:
        return self._word("description")

    @property
    def number(self) -> bool:
        """Whether only a number may stand here."""
        kind = self._first("type")
        kinds = kind if isinstance(kind, list) else [kind]
        return all(each in _NUMBERS for each in kinds) and kinds != ["null"] and kinds != []

    @property
    def names(self) -> list[str]:
        """The fields of an object, in the schema's order."""
        return list(dict.fromkeys(name for place in self._places for name in _mapping(place, "properties")))

    def field(self, name: str) -> Label:
        """What is known of the field `name` of an object here."""
        for place in self._places:
            properties = _mapping(place, "properties")
            if name in properties:
                return Label(properties[name], self._root)
        return Label(self._first("additionalProperties"), self._root)

    def item(self) -> Label:
        """What is known of each item of a list here."""
        return Label(self._first("items"), self._root)

    def _word(self, key: str) -> str:
        value = self._first(key)
        return value if isinstance(value, str) else ""

    def _first(self, key: str) -> Any:
        return next((place[key] for place in self._places if key in place), None)


def _mapping(place: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = place.get(key)
    return found if isinstance(found, Mapping) else {}


def _places(schema: Mapping[str, Any], root: Any) -> Iterator[Mapping[str, Any]]:
    """The schema, and those that it refers to or combines, nearest first."""
    waiting: list[Any] = [schema]
    for _ in range(_HOPS):
        if not waiting:
            return
        place = waiting.pop(0)
        if not isinstance(place, Mapping):
            continue
        yield place
        if isinstance(place.get("$ref"), str):
            waiting.append(local(place["$ref"], root))
        for key in ("allOf", "anyOf", "oneOf"):
            if isinstance(place.get(key), list):
                waiting += place[key]


def local(reference: str, root: Any) -> Any:
    """What `#/a/b`, a JSON Pointer, or `#name`, an anchor, stands for; None where that is not one place of `root`.

    https://www.rfc-editor.org/rfc/rfc6901#section-6
    https://json-schema.org/draft/2020-12/json-schema-core#section-8.2.2
    """
    if not reference.startswith("#"):
        return None
    fragment = unquote(reference[1:])
    if fragment and not fragment.startswith("/"):
        return _anchored(fragment, root)
    found = root
    for part in fragment.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isascii() and part.isdecimal():
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found


def _anchored(name: str, root: Any) -> Any:
    found, waiting = [], [root]
    while waiting:
        place = waiting.pop()
        if isinstance(place, Mapping):
            if name in (place.get("$anchor"), place.get("$dynamicAnchor")) or place.get("$id") == f"#{name}":
                found.append(place)
            waiting += place.values()
        elif isinstance(place, list):
            waiting += place
    return found[0] if len(found) == 1 else None
