"""What of Markdown is read as something else: entities, escapes, and where a link leads, which stands behind a bracket as
`(destination "title")` or `[label]`.
"""

from __future__ import annotations

import html
import re
from itertools import islice

from ..markdown.links import LABEL, TITLE, destination
from .views import NONE, UNENDED, Sign, Unit, by_patterns, cut

MOST_LINKS = 3  # of a window that are told apart; what follows more of them waits until those have ended
LONGEST = 2000  # characters of a target
_BLANK = r"[ \t]*+(?:\n(?: {0,3}>)*+[ \t]*+)?+"
_SPACE = re.compile(_BLANK)
_LABEL = re.compile(r"\[(?:[^\\\[\]]|\\.){0,999}+\\?\Z", re.DOTALL)
_DESTINATION = re.compile(r"(?:<(?:[^<>\n\\]|\\.)*+\\?|[^\x00-\x20\x7f<][^\x00-\x20\x7f]*+)?\Z", re.DOTALL)
_TAIL = re.compile(rf"{_BLANK}(?:(?<=[ \t\n>])(?:{TITLE.pattern}){_BLANK})?\)", re.DOTALL)
_UNENDED_TAIL = re.compile(
    rf"{_BLANK}(?:(?<=[ \t\n>])(?:(?:{TITLE.pattern}){_BLANK}|"
    r""""(?:[^"\\]|\\.)*+\\?|'(?:[^'\\]|\\.)*+\\?|\((?:[^()\\]|\\.)*+\\?))?\Z""",
    re.DOTALL,
)


def readings_of(window: str) -> list[tuple[list[Unit], int]]:
    """The window's units, and where one is cut off: with each link's target taken for one, with the first for text, with the
    first two, and so on; last with all for text.
    """
    literal, end = cut(window, SIGNS[1:])
    places = (
        place
        for place, (text, start, after) in enumerate(literal)
        if text == "]" and after == start + 1 and target_end(window, start) != NONE
    )
    readings = []
    for place in islice(places, MOST_LINKS):
        found, begun = cut(window, SIGNS, literal[place][1])
        # Half a link's target is text like any other until it is a whole one; half of the others cannot be read.
        readings.append((literal[:place] + found, len(window) if window[begun : begun + 1] == "]" else begun))
    for place in islice(places, 1):
        readings.append((literal[:place], literal[place][1]))
    return [*readings, (literal, end)]


def target_end(window: str, at: int) -> int:
    """Where what follows the bracket at `at` ends, if it says where a link leads: as the renderer reads it, but a line of it
    may begin as a quotation's does.
    """
    text = window[at + 1 : at + 1 + LONGEST]
    unended = UNENDED if len(text) < LONGEST else NONE
    if not text:
        return unended
    if text[0] == "[":
        label = LABEL.match(text)
        return at + 1 + label.end() if label else unended if _LABEL.match(text) else NONE
    if text[0] != "(":
        return NONE
    start = _SPACE.match(text, 1).end()  # type: ignore[union-attr]
    found = destination(text, start)
    if found is None:
        return unended if _DESTINATION.match(text, start) else NONE
    if found.end == len(text):
        return unended
    tail = _TAIL.match(text, found.end)
    return at + 1 + tail.end() if tail else unended if _UNENDED_TAIL.match(text, found.end) else NONE


SIGNS = (
    Sign("]", target_end, lambda target: ""),
    Sign(
        "&",
        by_patterns(
            re.compile(r"&(?:#[0-9]{1,7};|#[xX][0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)"),
            re.compile(r"&(?:#?|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{0,6}|[A-Za-z][A-Za-z0-9]{0,31})\Z"),
        ),
        html.unescape,
    ),
    Sign(
        "\\",
        by_patterns(re.compile(r"\\[!-/:-@\[-\x60{-~]"), re.compile(r"\\\Z")),
        lambda literal: literal[1],
    ),
)
