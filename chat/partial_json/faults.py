"""What can be wrong with a document, in words for people."""

from __future__ import annotations

from dataclasses import dataclass

DEEPEST = 32  # levels; a level is up to five elements of the page, and a browser's parser gives up at 512
MOST_VALUES = 50_000
LONGEST_NAME = 1000  # characters
LONGEST_NUMBER = 400  # characters: the largest number a double holds has 309 digits

BEFORE = "a document begins with {, [, a text in double quotes, a number, true, false or null, not with "


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text is no JSON, and at which character: line and column, from 1.

    `limit`: it may well be JSON, but goes beyond what is read here.
    """

    reason: str
    line: int
    column: int
    limit: bool = False


def named(char: str) -> str:
    """A character, for a sentence."""
    if char in _NAMES:
        return _NAMES[char]
    if char.isprintable():
        return f"“{char}”"
    return f"the character U+{ord(char):04X}"


_NAMES = {
    "\n": "a line break",
    "\r": "a line break",
    "\t": "a tab",
    " ": "a space",
    '"': 'a quotation mark (")',
    "`": "a backquote (`)",
}
