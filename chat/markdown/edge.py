"""What to show of a text that goes on: not the marks at its very end, whose meaning is still open."""

from __future__ import annotations

import re
from typing import NamedTuple

_BLANK = " \t\n"
_RUNS = ("*_~", "`", "\\", "[")
_ENTITY_BEGUN = re.compile(r"&#?[A-Za-z0-9]*")
_ANGLE_BEGUN = re.compile(r"<(?:[A-Za-z][^\s<>]*)?")
_LONGEST_ENTITY = 33
_LONGEST_ADDRESS = 300
_MOST_HELD = 12  # different marks in a row
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
    for _ in range(_MOST_HELD if edge else 0):
        shorter = _without_mark(body)
        if shorter == body:
            break
        body = shorter
        held = True
    return Visible(body.rstrip(_BLANK), edge, held)


def _without_mark(text: str) -> str:
    """`text` without the mark that it ends with, if it does."""
    if not text:
        return text
    for run in _RUNS:
        if text[-1] in run:
            return text.rstrip(run)
    if text[-1] == "!" and (len(text) == 1 or text[-2].isspace()):
        return text[:-1]
    for sign, longest, begun in (
        ("&", _LONGEST_ENTITY, _ENTITY_BEGUN),
        ("<", _LONGEST_ADDRESS, _ANGLE_BEGUN),
    ):
        at = text.rfind(sign, max(0, len(text) - longest))
        if at >= 0 and begun.fullmatch(text, at):
            return text[:at]
    return text
