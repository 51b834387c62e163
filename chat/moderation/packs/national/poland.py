"""Poland: PESEL, tax and identity card numbers."""

from ...check_digits import born, digits, plain, same, weighted
from .form import number

# The century is added to the month.
_CENTURIES = {0: 1900, 20: 2000, 40: 2100, 60: 2200, 80: 1800}


def _pesel(text: str) -> bool:
    found = digits(text)
    month = found[2] * 10 + found[3]
    century = _CENTURIES[month // 20 * 20]
    known = born(century + found[0] * 10 + found[1], month % 20, found[4] * 10 + found[5])
    return known and weighted(found, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _tax(text: str) -> bool:
    found = digits(text)
    return not same(text) and weighted(found, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == found[9]


def _card(text: str) -> bool:
    code = plain(text)
    values = [int(char, 36) for char in code]
    return weighted(values, (7, 3, 1, 0, 7, 3, 1, 7, 3)) % 10 == values[3]


RULES = (
    number(
        "pl-pesel",
        "A Polish personal number (PESEL)",
        r"\d{2}[02468][1-9][0-3]\d{6}|\d{2}[13579][0-2][0-3]\d{6}",
        source="https://www.gov.pl/web/gov/czym-jest-numer-pesel",
        finds=("PESEL 44051401458", "02070803628"),
        leaves=("44051401459", "44133401458", "440514014580"),
        valid=_pesel,
    ),
    number(
        "pl-nip",
        "A Polish tax number (NIP)",
        r"\d{3}-\d{3}-\d{2}-\d{2}|\d{3}-\d{2}-\d{2}-\d{3}",
        source="https://www.podatki.gov.pl/nip/",
        finds=("NIP 123-456-32-18", "563-41-82-752"),
        leaves=("123-456-32-19", "123-456-78-90", "1234563218"),
        valid=_tax,
    ),
    number(
        "pl-identity-card",
        "A Polish identity card number",
        r"[A-Z]{3} ?\d{6}",
        source="https://www.gov.pl/web/gov/uzyskaj-dowod-osobisty",
        finds=("dowód ABA300000", "aba 300000"),
        leaves=("ABA300001", "AB300000", "ABA3000000"),
        valid=_card,
    ),
)
