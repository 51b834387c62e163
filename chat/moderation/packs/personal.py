"""Personal data with a check digit or a strict form. Why e-mail addresses and telephone numbers are not here
is in docs/moderation.md: an ordinary answer is full of them."""

from ..check_digits import luhn
from ..rules import Rule
from ..validate import iban, social_security
from .borders import AFTER_LISTED, BEFORE_LISTED
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

# What follows the two check digits, by country: n digits, a letters, c either. SWIFT, IBAN Registry (ISO 13616-1).
# By length alone the end of one UUID in 60,000 would be a Belgian account.
_IBAN_FORMS = {
    "n11": "NO", "n12": "BE", "n14": "DK FI FO GL SD", "n15": "SI", "n16": "AT BA EE LT MN XK", "n17": "HR",
    "n18": "CR DE ME RS VA", "n19": "AE IL SO TL", "n20": "CZ ES SE SK TN", "n21": "LY PT ST",
    "n22": "IS", "n23": "BI DJ MR", "n24": "HU PL", "n25": "EG", "n3 c10 n2": "MK", "n3 c13": "KZ LU", "n5 c12": "CH LI",
    "n3 c16": "OM", "n2 c18": "SA", "n8 c12": "AD", "n6 c16": "TR", "n10 c11 n2": "FR MC", "n7 c16": "GR",
    "n8 c16": "AL CY", "n4 c20": "LB", "n6 c19": "UA", "n14 c15": "RU", "a4 c13": "LV", "a4 n6 c8": "BG", "a4 c14": "BH",
    "a4 n14": "GB IE", "a2 n16": "GE", "a4 c15": "GI", "a4 n15": "IQ", "a4 c16": "PK RO", "a4 n16": "VG", "a4 n10": "NL",
    "a4 c20": "AZ", "a4 n20": "HN NI SV", "a4 c21": "PS QA", "a4 c22": "KW", "a4 n4 c18": "JO YE", "a4 n19 a3": "MU",
    "a4 n20 a3": "SC", "a4 n5 c18": "MT", "a4 c24": "LC", "a2 n12": "FK", "a1 n10 c12": "IT SM", "c4 n20": "DO",
    "c4 n4 c16": "BY", "c20": "MD", "c24": "GT", "n23 a1 c1": "BR",
}  # fmt: skip
_KINDS = {"n": r"\d", "a": "[A-Z]", "c": "[A-Z0-9]"}
_IBAN = "|".join(
    rf"(?:{'|'.join(countries.split())})\d\d"
    + "".join(rf"(?:[ -]?{_KINDS[part[0]]}){{{part[1:]}}}" for part in form.split())
    for form, countries in _IBAN_FORMS.items()
)

RULES = (
    Rule(
        name="payment-card",
        title="A payment card number",
        reason="A payment card number with a correct check digit.",
        pattern=rf"{BEFORE_LISTED}(?P<value>{'|'.join(_BRANDS)}){AFTER_LISTED}",
        positives=(
            "Card: 4111 1111 1111 1111.",
            "5555555555554444",
            "3782-822463-10005",
            "pay with 6011 0009 9013 9424, please",
            "-4111 1111 1111 1111",
            "1,4111111111111111,123",
        ),
        negatives=(
            "4111 1111 1111 1112",
            "0.4111111111111111",
            "id-4111111111111111",
            "41111111111111110",
            "0000 0000 0000 0000",
            "order 1234567812345678",
            "55982079-4543-4692-b679-a0fad2844cf6",
        ),
        source="ISO/IEC 7812-1; https://en.wikipedia.org/wiki/Payment_card_number",
        category=PERSONAL,
        validate=luhn,
    ),
    Rule(
        name="iban",
        title="A bank account number (IBAN)",
        reason="An international bank account number with correct check digits.",
        # After a hyphen it is one where that follows a word: "IBAN-DE89…", and not the end of a UUID.
        pattern=rf"(?i)(?:^|[^\w-]|(?:^|[^0-9a-f])-)(?P<value>{_IBAN})\b",
        positives=(
            "DE89 3704 0044 0532 0130 00",
            "GB82WEST12345698765432",
            "to NO93 8601 1117 947 today",
            "IBAN-BE68 5390 0754 7034",
        ),
        negatives=(
            "DE89 3704 0044 0532 0130 01",
            "DE00 0000 0000 0000 0000 00",
            "XX89 3704 0044 0532 0130 00",
            "793702d1-a621-4e82-be71-bab0c4a1e0fc",
            "bfe6aaee-c47d-4c5b-be66-309665326149",
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
        pattern=BEFORE_LISTED + r"(?P<value>(?:00[1-9]|0[1-9]\d|[1-578]\d\d|6[0-57-9]\d|66[0-57-9])"
        r"(?:-(?:0[1-9]|[1-9]\d)-|\x20(?:0[1-9]|[1-9]\d)\x20)(?:000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3}))"
        + AFTER_LISTED,
        positives=("SSN 536-22-8841", "It is 078 05 1123.", "-536-22-8841", "1,536-22-8841,42"),
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
