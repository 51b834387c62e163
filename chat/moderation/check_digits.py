"""The ways in which numbers carry their own check, for the rules that look for such numbers.

Each takes the number as written: separators are skipped, so a rule's pattern alone says which may stand where.
"""

from collections.abc import Iterable
from datetime import date

# Verhoeff: multiplication in the dihedral group D5, and its permutation. J. Verhoeff, Error Detecting Decimal
# Codes, 1969; both follow from the group's definition and from the cycle (0 1 5 8 9 4 2 7)(3 6).
_CYCLE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def digits(text: str) -> list[int]:
    """The ASCII digits of a text, in order."""
    return [int(char) for char in text if char in "0123456789"]


def plain(text: str) -> str:
    """Its ASCII letters and digits alone, in capitals."""
    return "".join(char for char in text.upper() if char.isascii() and char.isalnum())


def same(text: str) -> bool:
    """All its digits are one and the same, which passes many a check and belongs to nobody."""
    return len(set(digits(text))) < 2


def luhn(text: str) -> bool:
    """The check digit of payment cards, ISO/IEC 7812-1 annex B."""
    found = digits(text)
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in found[-2::-2]]
    return not same(text) and (sum(found[-1::-2]) + sum(doubled)) % 10 == 0


def verhoeff(text: str) -> bool:
    """The last digit by Verhoeff's algorithm."""
    total = 0
    for place, digit in enumerate(reversed(digits(text))):
        for _ in range(place % 8):
            digit = _CYCLE[digit]
        total = _times(total, digit)
    return not same(text) and total == 0


def weighted(values: Iterable[int], weights: Iterable[int]) -> int:
    """The sum of each value times its weight; as many values as there are weights."""
    return sum(value * weight for value, weight in zip(values, weights, strict=False))


def mod_11_10(text: str) -> bool:
    """The last digit by ISO/IEC 7064, MOD 11,10."""
    product = 10
    found = digits(text)
    for digit in found[:-1]:
        product = ((product + digit) % 10 or 10) * 2 % 11
    return not same(text) and (product + found[-1]) % 10 == 1


def born(year: int, month: int, day: int) -> bool:
    """There is such a day. `year` in full, or of the century: then 29 February is one in every fourth."""
    try:
        date(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return False
    return True


def _times(left: int, right: int) -> int:
    """D5, written 0–4 for turns and 5–9 for reflections."""
    turned = (left + right) % 5 if left < 5 else (left - right) % 5
    return turned + 5 * ((left < 5) != (right < 5))
