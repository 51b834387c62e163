"""What a provider takes of a JSON Schema. The answer is held to the whole of it here, whatever a provider was told."""

from collections.abc import Iterator, Mapping
from typing import Any

_INSIDE = ("items", "additionalProperties")  # one schema
_EACH = ("anyOf", "allOf", "oneOf", "prefixItems")  # a list of them
_NAMED = ("properties", "$defs", "definitions")  # by name

# https://platform.openai.com/docs/guides/structured-outputs, "Supported schemas"
_STRICT = frozenset(
    "type properties required additionalProperties items enum const anyOf $ref $defs definitions title description "
    "pattern format multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems".split()
)


def strict(schema: Mapping[str, Any]) -> bool:
    """Whether OpenAI can hold an answer to it: an object, all of whose properties are required and no others allowed,
    at every depth. A schema that is not so is asked for without that promise, which every other server ignores.
    """
    return schema.get("type") == "object" and "anyOf" not in schema and all(map(_strict, _within(schema)))


def _strict(schema: Mapping[str, Any]) -> bool:
    if not schema.keys() <= _STRICT | {"$schema"}:
        return False
    if schema.get("type") != "object" and "properties" not in schema:
        return True
    required, properties = schema.get("required"), schema.get("properties")
    return (
        schema.get("additionalProperties") is False
        and isinstance(required, list)
        and isinstance(properties, dict)
        and set(required) == set(properties)
    )


def _within(schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and all that it holds."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    for name in _INSIDE:
        yield from _within(schema.get(name))
    for name in _EACH:
        for part in schema.get(name) or ():
            yield from _within(part)
    for name in _NAMED:
        for part in (schema.get(name) or {}).values():
            yield from _within(part)
