"""A copy of the text without disguises: compatibility forms made plain, invisible characters dropped.

Folding works code point by code point, never on the whole: NFKC of a text cut in two is not the two
halves' NFKC, and a verdict must not depend on where a provider's pieces were cut.
"""

import unicodedata
from bisect import bisect_left

# Default_Ignorable_Code_Point of the Unicode Character Database, DerivedCoreProperties.txt; the ones
# that are also format or combining characters are dropped by their category already.
_IGNORABLE = (
    (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF),
)  # fmt: skip
_DROPPED = frozenset({"Cf", "Mn", "Me", "Mc"})
# Bounds the memory a text of a hundred thousand different characters can claim.
_REMEMBERED = 20_000


class _Table(dict[int, str]):
    """What each code point folds to, worked out when it is first seen."""

    def __missing__(self, point: int) -> str:
        folded = "".join(char for char in unicodedata.normalize("NFKD", chr(point)) if not _dropped(char))
        if len(self) < _REMEMBERED:
            self[point] = folded
        return folded


_table = _Table()


def fold(text: str) -> str:
    """The folded copy. Plain ASCII folds to itself, without cost."""
    return text if text.isascii() else text.translate(_table)


class Offsets:
    """From offsets in the folded copy back to offsets in the text, both in code points."""

    def __init__(self, text: str) -> None:
        # _ends[i] is the folded length of text[:i + 1].
        self._ends: list[int] = []
        length = 0
        for char in text:
            length += len(_table[ord(char)])
            self._ends.append(length)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the text that the folded span `start:end` (not empty) came from."""
        return bisect_left(self._ends, start + 1), bisect_left(self._ends, end) + 1


def _dropped(char: str) -> bool:
    point = ord(char)
    return unicodedata.category(char) in _DROPPED or any(low <= point <= high for low, high in _IGNORABLE)
