"""South Africa and Nigeria: identity numbers."""

from ...check_digits import born, digits, luhn, verhoeff
from .form import number


def _south_african(text: str) -> bool:
    found = digits(text)
    return born(found[0] * 10 + found[1], found[2] * 10 + found[3], found[4] * 10 + found[5]) and luhn(text)


RULES = (
    number(
        "za-identity",
        "A South African identity number",
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]) ?\d{4} ?[012][89]\d",
        source="https://www.gov.za/services/personal-identification/apply-smart-id-card",
        finds=("RSA ID: 8001015009087", "0002294321191"),
        leaves=("8001015009086", "8013015009087", "80010150090870"),
        valid=_south_african,
    ),
    number(
        "ng-nin",
        "A Nigerian identity number",
        r"\d{11}",
        source="https://nimc.gov.ng/nin/",
        finds=("NIN 12345678902",),
        leaves=("12345678901", "1234567890", "123456789012"),
        valid=verhoeff,
    ),
)
