"""What to show of a text that goes on: not the marks at its very end, whose meaning is still open."""

from __future__ import annotations

import re
from typing import NamedTuple

_BLANK = " \t\n"
_HELD = re.compile(r"[*_~]+\Z|`+\Z|\\\Z|\[\Z|(?<!\S)!\Z|&(?:#?[A-Za-z0-9]{0,31})\Z|<(?:[A-Za-z][^\s<>]{0,2000})?\Z")
_BREAK_BEGUN = re.compile(r"<br[ \t]{0,3}/?\Z", re.IGNORECASE)


class Visible(NamedTuple):
    text: str
    edge: bool  # its last character stands open to the right: no white space has come after it
    held: bool  # something was held back


def visible(text: str) -> Visible:
    """The part of an unfinished `text` to draw."""
    begun = _BREAK_BEGUN.search(text, max(0, len(text) - 8))
    held = begun is not None
    text = text[: begun.start()] if begun else text
    body = text.rstrip(_BLANK)
    edge = body == text
    while edge and (match := _HELD.search(body, max(0, len(body) - 2100))):
        body = body[: match.start()]
        held = True
    return Visible(body.rstrip(_BLANK), edge, held)
