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


# https://docs.claude.com/en/build-with-claude/structured-outputs, "JSON Schema limitations"
_KNOWN = frozenset(
    "type properties required additionalProperties items enum const anyOf allOf $ref $defs definitions title "
    "description default format pattern minItems".split()
)
_FORMATS = frozenset("date-time time date duration email hostname uri ipv4 ipv6 uuid".split())


def simplified(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema in the words that Anthropic knows. Any other is refused with the whole request; so it is said in the
    description, where the model reads it, instead of being demanded. Every object is closed, as it has to be there.
    """
    kept: dict[str, Any] = {}
    said: list[str] = []
    for name, value in schema.items():
        if name == "oneOf":
            kept["anyOf"] = [simplified(part) for part in value if isinstance(part, Mapping)]
        elif name in ("anyOf", "allOf"):
            kept[name] = [simplified(part) for part in value if isinstance(part, Mapping)]
        elif name in _NAMED:
            kept[name] = {key: simplified(part) for key, part in value.items() if isinstance(part, Mapping)}
        elif name == "items" and isinstance(value, Mapping):
            kept[name] = simplified(value)
        elif name in _KNOWN - {"items", "additionalProperties"} and _takes(name, value):
            kept[name] = value
        elif name not in ("additionalProperties", "$schema", "$id", "$comment", "examples"):
            said.append(f"{name}: {value}")
    if "object" in (kept.get("type"), *_types(kept)) or "properties" in kept:
        kept["additionalProperties"] = False
    if said:
        kept["description"] = " ".join([*filter(None, [kept.get("description")]), f"({'; '.join(said)})"])
    return kept


def _types(schema: Mapping[str, Any]) -> list[Any]:
    kinds = schema.get("type")
    return kinds if isinstance(kinds, list) else []


def _takes(name: str, value: Any) -> bool:
    if name == "format":
        return value in _FORMATS
    if name == "minItems":
        return value in (0, 1)
    return name != "pattern" or not any(sign in str(value) for sign in ("(?", "\\b", "\\1"))
