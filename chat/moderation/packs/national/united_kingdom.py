"""The United Kingdom: National Insurance, NHS, tax, driving and passport numbers."""

from ...check_digits import digits, same, weighted
from .form import number


def _health(text: str) -> bool:
    found = digits(text)
    return not same(text) and (weighted(found, range(10, 1, -1)) + found[9]) % 11 == 0


_NEVER_ISSUED = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}

RULES = (
    number(
        "uk-nhs",
        "A British NHS number",
        r"\d{3}[ -]?\d{3}[ -]?\d{4}",
        source="https://www.datadictionary.nhs.uk/attributes/nhs_number.html",
        finds=("NHS 943 476 5919", "401-023-2137", "9434765919"),
        leaves=("943 476 5918", "0000000000", "94347659190"),
        valid=_health,
    ),
    number(
        "uk-national-insurance",
        "A British National Insurance number",
        r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
        source="https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110",
        finds=("NI: AA 12 34 56 B", "tw987654a"),
        leaves=("FQ 00 00 00 C", "nt 99 88 77 a", "GB 12 34 56 A", "AA 12 34 56 E"),
        valid=lambda text: text[:2].upper() not in _NEVER_ISSUED,
    ),
    number(
        "uk-driving-licence",
        "A British driving licence number",
        # Surname, decade, month (+50 for women), day, year, initials, a digit, two letters.
        r"(?:[A-Z]{5}|[A-Z]{4}9|[A-Z]{3}99|[A-Z]{2}999|[A-Z]9999)\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d"
        r"[A-Z9]{2}[A-Z0-9][A-Z]{2}",
        source="https://en.wikipedia.org/wiki/Driving_licence_in_the_United_Kingdom#Driver_numbers",
        finds=("MORGA607054SM9IJ", "morga657054sm9ij", "FOX99701018A99AA"),
        leaves=("MORGA637054SM9IJ", "MORGA607354SM9IJ", "MORGAN07054SM9IJ"),
    ),
    number(
        "uk-passport",
        "A British passport number",
        r"[A-Z]{2}\d{7}|\d{9}",
        beside=r"\bpassport",
        source="https://www.gov.uk/government/publications/basic-passport-checks",
        finds=("My passport number is CD7654321 and it expires soon", "UK passport 925665416"),
        leaves=("AB1234567", "passport A12345678", "123456789"),
    ),
)
