"""Personal data with a check digit or a strict form. Why e-mail addresses and telephone numbers are not here
is in docs/moderation.md: an ordinary answer is full of them."""

from ..check_digits import luhn
from ..rules import Rule
from ..validate import iban, social_security
from .borders import AFTER, BEFORE
from .build import PERSONAL

_BRANDS = (
    r"4\d{3}(?:[ -]?\d{4}){3}",  # Visa
    r"(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)(?:[ -]?\d{4}){3}",  # Mastercard
    r"3[47]\d\d[ -]?\d{6}[ -]?\d{5}",  # American Express
    r"(?:6011|64[4-9]\d|65\d\d|62\d\d|81\d\d)(?:[ -]?\d{4}){3}",  # Discover, UnionPay
    r"35(?:2[89]|[3-8]\d)(?:[ -]?\d{4}){3}",  # JCB
    r"3(?:0[0-59]|[689]\d)\d[ -]?\d{6}[ -]?\d{4}",  # Diners Club
    r"(?:5018|50[23]\d|5[678]\d\d|6304|67\d\d)(?:[ -]?\d{4}){3}",  # Maestro
)

# Length of an account number by country: SWIFT, IBAN Registry (ISO 13616-1).
_IBAN_LENGTHS = {
    15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
}  # fmt: skip
_IBAN = "|".join(
    rf"(?:{'|'.join(countries.split())})\d\d(?:[ -]?[A-Z0-9]){{{length - 4}}}"
    for length, countries in _IBAN_LENGTHS.items()
)

RULES = (
    Rule(
        name="payment-card",
        title="A payment card number",
        reason="A payment card number with a correct check digit.",
        pattern=rf"{BEFORE}(?P<value>{'|'.join(_BRANDS)}){AFTER}",
        positives=(
            "Card: 4111 1111 1111 1111.",
            "5555555555554444",
            "3782-822463-10005",
            "pay with 6011 0009 9013 9424, please",
        ),
        negatives=(
            "4111 1111 1111 1112",
            "0.4111111111111111",
            "id-4111111111111111",
            "41111111111111110",
            "0000 0000 0000 0000",
            "order 1234567812345678",
        ),
        source="ISO/IEC 7812-1; https://en.wikipedia.org/wiki/Payment_card_number",
        category=PERSONAL,
        validate=luhn,
    ),
    Rule(
        name="iban",
        title="A bank account number (IBAN)",
        reason="An international bank account number with correct check digits.",
        pattern=rf"(?i)\b(?P<value>{_IBAN})\b",
        positives=("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "to NO93 8601 1117 947 today"),
        negatives=(
            "DE89 3704 0044 0532 0130 01",
            "DE00 0000 0000 0000 0000 00",
            "XX89 3704 0044 0532 0130 00",
            "GB29 NWBK 6016",
        ),
        source="ISO 13616-1; https://www.swift.com/standards/data-standards/iban-international-bank-account-number",
        category=PERSONAL,
        validate=iban,
    ),
    Rule(
        name="us-social-security",
        title="A US social security number",
        reason="A number in the form of a US social security number that can have been issued.",
        pattern=BEFORE + r"(?P<value>(?:00[1-9]|0[1-9]\d|[1-578]\d\d|6[0-57-9]\d|66[0-57-9])"
        r"(?:-(?:0[1-9]|[1-9]\d)-|\x20(?:0[1-9]|[1-9]\d)\x20)(?:000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3}))"
        + AFTER,
        positives=("SSN 536-22-8841", "It is 078 05 1123."),
        negatives=(
            "078-05-1120",
            "123-45-6789",
            "666-12-3456",
            "912-34-5678",
            "536-00-8841",
            "536-22-0000",
            "078051123",
            "1536-22-88412",
            "693-09.4444",
        ),
        source="https://www.ssa.gov/employer/randomization.html",
        category=PERSONAL,
        validate=social_security,
    ),
)
