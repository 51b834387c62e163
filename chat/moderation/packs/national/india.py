"""India: Aadhaar, tax (PAN, GSTIN), voter and passport numbers."""

from ...check_digits import digits, verhoeff
from .form import number


def _aadhaar(text: str) -> bool:
    found = digits(text)
    return found != found[::-1] and verhoeff(text)


RULES = (
    number(
        "in-aadhaar",
        "An Indian Aadhaar number",
        r"[2-9]\d{3}(?:[ -]?\d{4}){2}",
        source="https://uidai.gov.in/en/my-aadhaar/about-your-aadhaar.html",
        finds=("Aadhaar 2341 2341 2346", "3998-7654-3211", "399876543211"),
        leaves=("2341 2341 2347", "123456789012", "2341 2341 23467"),
        valid=_aadhaar,
    ),
    number(
        "in-pan",
        "An Indian tax number (PAN)",
        r"[A-Z]{5}\d{4}[A-Z]",
        source="https://incometaxindia.gov.in/tutorials/1.permanent%20account%20number%20(pan).pdf",
        finds=("My PAN number is ABBPM4567S", "ABCPD1234Z"),
        leaves=("ABCD1234Z", "ABCPD12345", "ABCPD123Z"),
    ),
    number(
        "in-gst",
        "An Indian goods and services tax number (GSTIN)",
        r"(?:0[1-9]|[12]\d|3[0-8]|9[79])[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]",
        source="https://www.gst.gov.in",
        finds=("GST registration: 07PQRST6789K1Z2", "27AAPFU0939F1ZV"),
        leaves=("27ABCDE1234F1Z55", "40ABCDE1234F1Z5", "27ABCDE1234F1A5"),
    ),
    number(
        "in-voter",
        "An Indian voter's number (EPIC)",
        r"[A-Z]{3} ?\d{7}",
        beside=r"\bvoter|\bEPIC\b|\belector",
        source="https://voters.eci.gov.in",
        finds=("voter id KSD1287349", "EPIC: MUP5632811"),
        leaves=("KSD1287349", "voter turnout 2024"),
    ),
    number(
        "in-passport",
        "An Indian passport number",
        r"[A-PR-WY][1-9]\d ?\d{4}[1-9]",
        beside=r"\bpassport",
        source="https://www.passportindia.gov.in",
        finds=("passport no. B3097651", "Indian passport: A21 90457"),
        leaves=("B3097651", "passport B309765"),
    ),
)
