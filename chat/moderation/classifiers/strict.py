"""JSON that says one thing only."""

import json
from typing import Any


class NotAVerdict(ValueError):
    """A reply is no verdict. Its text ends the sentence "It gave no verdict: …" and holds no word of the reply."""


def document(raw: bytes | str) -> Any:
    """The value of a reply that is one whole JSON document. Raises NotAVerdict, also where a name comes twice: parsers
    differ in which of the two they believe.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except NotAVerdict:
        raise
    except (ValueError, RecursionError):
        raise NotAVerdict("its reply is not JSON, or is cut off") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotAVerdict("its reply says one thing twice")
    return made


def _no_constant(name: str) -> None:
    raise NotAVerdict("its reply holds a number that JSON does not have")
