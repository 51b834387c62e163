"""The smallest parts of JSON: https://www.rfc-editor.org/rfc/rfc8259."""

from __future__ import annotations

import math
import re

import jiter

from chat.partial_json.faults import named

WORDS = {"t": "true", "f": "false", "n": "null"}
VALUE_BEGINS = '{["-0123456789' + "".join(WORDS)
NO_NUMBER = "the number is not written as JSON has it"
TOO_LARGE = "the number is too large"

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\n\r]*")
_HEX = "[0-9A-Fa-f]"
# A character outside of the first plane is two escapes, and one without the other is no character.
_ESCAPE = re.compile(
    rf'\\(?:["\\/bfnrt]|u(?:[0-9A-CEFa-cef]{_HEX}{{3}}|[Dd][0-7]{_HEX}{{2}}'
    rf"|[Dd][89ABab]{_HEX}{{2}}\\u[Dd][C-Fc-f]{_HEX}{{2}}))"
)
LONGEST_ESCAPE = 12
_SAMPLES = ("\\n", "\\u0000", "\\uD800\\uDC00")  # one of each length, to try how an escape may go on
_CHARACTERS = re.compile(rf'(?:[^"\\\x00-\x1f]++|{_ESCAPE.pattern})*+')
_NUMERIC = re.compile(r"[-+.0-9eE]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NUMBER_BEGUN = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*|(?:\.[0-9]+)?(?:[eE](?:[-+]?[0-9]*))?))?")


def encodable(text: str) -> str:
    """`text` with U+FFFD for what no encoding can hold."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def skip(text: str, at: int) -> int:
    """The end of the white space from `at`."""
    return _end(_SPACE, text, at)


def run(text: str, at: int) -> int:
    """The end of the characters and whole escapes from `at`."""
    return _end(_CHARACTERS, text, at)


def numeric(text: str, at: int) -> int:
    """The end of the characters from `at` that can be a number's."""
    return _end(_NUMERIC, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def decoded(raw: str) -> str:
    """Characters and escapes as the text that they stand for."""
    return jiter.from_json(f'"{raw}"'.encode()) if "\\" in raw else raw


def begun_escape(text: str) -> int:
    """How many of the first characters of `text` can be the beginning of an escape."""
    return next((size for size in range(len(text), 0, -1) if _may_be_escape(text[:size])), 0)


def _may_be_escape(text: str) -> bool:
    samples = [sample for sample in _SAMPLES if len(sample) >= len(text)]
    return any(_ESCAPE.fullmatch(text + sample[len(text) :]) for sample in samples)


def wrong_escape(text: str, good: int) -> str:
    """What is wrong with the character behind the first `good` ones of what begins an escape, or is none."""
    if good == 0:
        return f"{named(text[0])} has to be written as an escape inside of text"
    if text[1:3].lower() == "ud" and good > 2:
        return "one half of a character is there without the other"
    return f"there is no escape {text[: good + 1]}"


def begun_number(text: str, least: int) -> int:
    """How many of the first characters of `text` can be the beginning of a number; `least` are known to be."""
    if _NUMBER_BEGUN.fullmatch(text):
        return len(text)
    return next(size for size in range(least, len(text)) if not _NUMBER_BEGUN.fullmatch(text[: size + 1]))


def wrong_number(text: str) -> str:
    """Why `text` is no number that can be held, or "": a whole number of any size can, others as a double."""
    if not _NUMBER.fullmatch(text):
        return NO_NUMBER
    if not text.lstrip("-").isdigit() and math.isinf(float(text)):
        return TOO_LARGE
    return ""
