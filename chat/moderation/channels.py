"""The texts inside a canonical body: every string a person can see, under a name that says where it is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

# A person can be shown only so much nesting; a body deeper than this is refused, not half judged.
_DEPTH = 50


class Piece(NamedTuple):
    """A text to scan. `whole` is set where offsets into `text` mean nothing to a reader of the channel:
    a finding then covers the channel's first `whole` code points."""

    channel: str
    text: str
    whole: int | None = None


def pieces(channels: Mapping[str, Any]) -> Iterator[Piece]:
    """Every text of the body, with tool calls' parts named like `tool_calls.0.arguments`.

    Arguments are JSON written by the model, so a text in them may be spelled with escapes: they are
    scanned as written and, where they parse, as they read. Raises ValueError for a body that is
    nested too deeply.
    """
    for name, value in channels.items():
        for channel, text in _strings(name, value, 0):
            yield Piece(channel, text)
            if channel != name:
                yield from _decoded(channel, text)


def channel_text(value: Any) -> str:
    """A channel as one text: itself, or the canonical JSON of a list of tool calls ("" where it is empty)."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")) if value else ""


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


def _decoded(channel: str, text: str) -> Iterator[Piece]:
    if not text.lstrip().startswith(("{", "[", '"')):
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # Scanned as written; half-finished arguments are ordinary in a stopped answer.
        return
    for inner in _texts(value):
        # A text without escapes was seen as written already, with exact offsets.
        if inner not in text:
            yield Piece(channel, inner, whole=len(text))


def _texts(value: Any) -> Iterator[str]:
    """Strings of parsed JSON, keys included. A stack, not recursion: the model chose the depth."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
