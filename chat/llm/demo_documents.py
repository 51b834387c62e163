"""What the built-in demo writes where a JSON Schema is asked for: a small document of made-up values that fits it.

It knows the words of which nearly all schemas are made (type, enum, const, properties, items, $ref within the schema,
anyOf, oneOf, allOf, lengths and bounds). Of others the document takes no notice, and may not fit.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

ROWS = 5  # elements of an array, where the schema does not say how many
MOST = 2000  # values, whatever the schema wants
DEEPEST = 4  # levels; a schema may refer to itself
_FORMATS = {
    "date": "2026-01-{n:02}", "date-time": "2026-01-{n:02}T09:30:00Z", "time": "09:{n:02}:00Z",
    "email": "demo{n}@example.org", "uri": "https://example.org/{n}", "uuid": "00000000-0000-4000-8000-{n:012}",
}  # fmt: skip


def document(schema: Mapping[str, Any], question: str) -> str:
    """The text of a document for `schema`. Asked for a broken one, it breaks off."""
    text = json.dumps(_Sample(schema).value(schema, "value", 1, 0), indent=2, ensure_ascii=False)
    if re.search(r"\bbroken\b", question, re.I):
        return text[: len(text) * 2 // 3]
    return text


class _Sample:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._left = MOST

    def value(self, schema: Any, name: str, n: int, depth: int) -> Any:
        """One for `schema`; `name` and `n` (from 1) say which one of its kind, so that rows differ."""
        self._left -= 1
        if self._left < 0 or depth > 2 * DEEPEST:  # one that requires itself has no document at all
            return None
        schema = self._merged(schema)
        for word in ("const", "default"):
            if word in schema:
                return schema[word]
        for word in ("enum", "examples"):
            if choices := schema.get(word):
                return choices[(n - 1) % len(choices)]
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, n, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind == "boolean":
            return n % 2 == 1
        if kind in {"integer", "number"}:
            return _number(schema, n, whole=kind == "integer")
        return None if kind == "null" else _string(schema, name, n)

    def _object(self, schema: Mapping[str, Any], n: int, depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        named = schema.get("properties", {})
        deep = depth >= DEEPEST
        return {
            name: self.value(named.get(name, True), name, n, depth + 1)
            for name in [*named, *(name for name in required if name not in named)]
            if not deep or name in required
        }

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", ROWS)
        count = max(least, min(most, ROWS if depth < 2 else 2)) if depth < DEEPEST else least
        first = schema.get("prefixItems", [])
        rest = schema.get("items", True)
        return [
            self.value(first[n] if n < len(first) else rest, name, n + 1, depth + 1)
            for n in range(min(count, len(first)) if rest is False else count)
        ]

    def _merged(self, schema: Any) -> dict[str, Any]:
        """The schema with what it refers to and the first of its choices in it."""
        found: dict[str, Any] = {}
        waiting = [schema]
        for _ in range(50):  # a reference may lead in a circle
            if not waiting:
                break
            part = waiting.pop()
            if not isinstance(part, Mapping):
                continue
            found = {
                **part,
                **found,
                "properties": {**part.get("properties", {}), **found.get("properties", {})},
            }
            found["required"] = [*found.get("required", []), *part.get("required", [])]
            waiting += part.get("allOf", [])
            for word in ("anyOf", "oneOf"):
                waiting += part.get(word, [])[:1]
            if "$ref" in part:
                waiting.append(self._at(part["$ref"]))
        if not found.get("properties"):
            found.pop("properties", None)
        return found

    def _at(self, reference: str) -> Any:
        place: Any = self._root
        for step in reference.removeprefix("#").split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            place = place.get(step, {}) if isinstance(place, Mapping) else {}
        return place if reference.startswith("#") else {}


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((word for word in kind if word != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    return str(kind)


def _number(schema: Mapping[str, Any], n: int, *, whole: bool) -> int | float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    most = schema.get("maximum", schema.get("exclusiveMaximum", least + 1000))
    number = least + min(n if whole else n * 1.25, (most - least) / 2)
    if step := schema.get("multipleOf"):
        number = -(-least // step) * step + (step if "exclusiveMinimum" in schema else 0)
    return round(number) if whole else round(number, 2)


def _string(schema: Mapping[str, Any], name: str, n: int) -> str:
    if made := _FORMATS.get(schema.get("format", "")):
        return made.format(n=n)
    label = schema.get("title") or name.replace("_", " ")
    text = f"Demo {label} {n}"
    text += "." * (schema.get("minLength", 0) - len(text))
    return text[: schema.get("maxLength", len(text))]
