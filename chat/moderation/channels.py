"""The texts inside a canonical body: every string a person can see, under a name that says where it is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

# A person can be shown only so much nesting; a body deeper than this is refused, not half judged.
_DEPTH = 50

# How a text is shown: as it is, as Markdown, or as a JSON document.
Kind = Literal["plain", "markdown", "json"]


class Piece(NamedTuple):
    """A text to scan, and the ways in which a page may show it."""

    channel: str
    text: str
    kinds: tuple[Kind, ...]


def pieces(channels: Mapping[str, Any]) -> Iterator[Piece]:
    """Every text of the body, with tool calls' parts named like `tool_calls.0.arguments`. Raises ValueError for a body that
    is nested too deeply.
    """
    for name, value in channels.items():
        for channel, text in _strings(name, value, 0):
            yield Piece(channel, text, _kinds(channel, text))


def channel_text(value: Any) -> str:
    """A channel as one text: itself, or the canonical JSON of a list of tool calls ("" where it is empty)."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if value else ""


def _kinds(channel: str, text: str) -> tuple[Kind, ...]:
    document = text.lstrip().startswith(("{", "[", '"'))
    if channel in {"text", "refusal"}:
        # An answer with a shape is a document; which one was asked for a shape is not in its body.
        return ("markdown", "json") if document else ("markdown",)
    return ("json",) if document else ("plain",)


def _strings(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH:
        raise ValueError("the body is nested too deeply to be judged")
    if isinstance(value, str):
        if value:
            yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _strings(f"{name}.{key}", inner, depth + 1)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(f"{name}.{index}", inner, depth + 1)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, str(value)
