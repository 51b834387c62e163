"""Copies of the text without disguises: forms made plain and invisible characters dropped; and look-alikes besides.

Folding works code point by code point, never on the whole: NFKC of a text cut in two is not the two
halves' NFKC, and a verdict must not depend on where a provider's pieces were cut. `fold` of a piece is the piece of
the fold, and `alike` puts one character in the place of one.

A word of another alphabet may be made of look-alikes alone, without any thought of a disguise: Russian "сор", sweepings,
looks like "cop". So whether a match in the second copy counts is asked of the same place in the first: `disguised`.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from typing import Literal

from .confusables import CONFUSABLES

# Default_Ignorable_Code_Point of the Unicode Character Database, DerivedCoreProperties.txt; the ones
# that are also format characters are dropped by their category already.
_IGNORABLE = (
    (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
_DROPPED = frozenset({"Cf", "Mn", "Me", "Mc"})
# Hyphens, minus signs and the dash of numbers: a provider's model writes them where a number has its hyphens.
_HYPHENS = frozenset("\u02d7\u2010\u2011\u2012\u2013\u2043\u2212\u2796\ufe58\ufe63\uff0d")
# White letters on black circles and squares, which NFKD leaves as they are.
_ENCLOSED = (0x1F150, 0x1F170)
_SPACES = {"Zs": " ", "Zl": "\n", "Zp": "\n"}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # of ASCII; no page draws them
# Bounds the memory a text of a hundred thousand different characters can claim.
_REMEMBERED = 20_000
# Letters that are met in one text of one language. Of another alphabet than these two any letters go together.
_ALPHABETS = {
    "CYRILLIC": (
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі",  # Russian, Bulgarian, Kazakh, Kyrgyz
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяёыэў",  # Ukrainian, Belarusian
        "абвгдђѓежзѕиіјклљмнњопрстћќуфхцчџш",  # Serbian, Macedonian
    ),
    "GREEK": ("αβγδεζηθικλμνξοπρσςτυφχψω",),
}


_Form = Literal["NFKC", "NFKD"]


class _Table(dict[int, str]):
    """What each code point becomes, worked out when it is first seen."""

    def __init__(self, form: _Form, dropped: frozenset[str]) -> None:
        super().__init__()
        self._form, self._dropped = form, dropped

    def __missing__(self, point: int) -> str:
        folded = _folded(chr(point), self._form, self._dropped)
        if len(self) < _REMEMBERED:
            self[point] = folded
        return folded


_table = _Table("NFKD", _DROPPED)
_accented = _Table("NFKC", frozenset({"Cf"}))
_ALIKE = str.maketrans(CONFUSABLES)


def plain(text: str) -> bool:
    """Whether it folds to itself for sure: ASCII that is drawn, and white space."""
    return text.isascii() and (text.isprintable() or not _CONTROLS.search(text))


def fold(text: str) -> str:
    """The folded copy. Plain text folds to itself, at hardly any cost."""
    return text if plain(text) else text.translate(_table)


def accented(text: str) -> str:
    """The same with accents, vowel signs and syllables as they are, for words that are written with them."""
    return text if plain(text) else text.translate(_accented)


def alike(folded: str) -> str:
    """The second copy, of the first: each letter or sign that looks like an ASCII letter or digit is that."""
    return folded if folded.isascii() else folded.translate(_ALIKE)


def disguised(folded: str) -> bool:
    """Whether what a rule has found in the second copy counts; `folded` is the same place in the first.

    It does not where all its letters are out of one language's alphabet, beside no ASCII letter or digit: that is a word
    of that language.
    """
    letters: set[str] = set()
    for char in folded:
        if char.isascii():
            if char.isalnum():
                return True
        elif char.isalpha():
            letters.add(char)
        elif char in CONFUSABLES or char.isalnum():
            return True
    scripts = {unicodedata.name(char, "").split(" ")[0] for char in letters}
    if len(scripts) != 1 or "LATIN" in scripts:
        return True
    alphabets = _ALPHABETS.get(scripts.pop())
    small = {char.lower() for char in letters}
    return bool(alphabets) and not any(small.issubset(alphabet) for alphabet in alphabets or ())


class Offsets:
    """From offsets in the folded copy, or that of another `form`, back to offsets in the text, both in code points."""

    def __init__(self, text: str, form: Callable[[str], str] = fold) -> None:
        # _ends[i] is the folded length of text[:i + 1].
        self._ends: list[int] = []
        length = 0
        for char in text:
            length += len(form(char))
            self._ends.append(length)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the text that the folded span `start:end` (not empty) came from."""
        return bisect_left(self._ends, start + 1), bisect_left(self._ends, end) + 1


def _folded(char: str, form: _Form, dropped: frozenset[str]) -> str:
    category = unicodedata.category(char)
    if category == "Nd":  # A digit of any script is that digit.
        return str(unicodedata.decimal(char))
    if category in _SPACES:
        return _SPACES[category]
    if category == "Cc":
        return "\n" if char == "\x85" else char if char.isspace() and plain(char) else ""
    if char in _HYPHENS:
        return "-"
    for first in _ENCLOSED:
        if first <= ord(char) < first + 26:
            return chr(ord("A") + ord(char) - first)
    parts = unicodedata.normalize(form, char)
    return "".join(
        each for each in parts if unicodedata.category(each) not in dropped and not _ignorable(each)
    )


def _ignorable(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in _IGNORABLE)
