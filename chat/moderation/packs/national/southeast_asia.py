"""Singapore, Thailand and the Philippines: identity and tax numbers."""

from ...check_digits import digits, plain, weighted
from .form import number

# Check letters of Singapore's NRIC and FIN by the first letter.
_LETTERS = {
    "S": "JZIHGFEDCBA",
    "T": "JZIHGFEDCBA",
    "F": "XWUTRQPNMLK",
    "G": "XWUTRQPNMLK",
    "M": "KLJNPQRTUWX",
}
_ENTITY = "ABCDEFGHJKLMNPQRSTUVWX0123456789"


def _singaporean(text: str) -> bool:
    code = plain(text)
    plus = {"T": 4, "G": 4, "M": 3}.get(code[0], 0)
    remainder = (weighted(digits(code), (2, 7, 6, 5, 4, 3, 2)) + plus) % 11
    if code[0] == "M":
        return _LETTERS["M"][10 - remainder] == code[-1]
    return _LETTERS[code[0]][remainder] == code[-1]


def _entity(text: str) -> bool:
    code = plain(text)
    if code[0].isalpha():
        values = [_ENTITY.find(char) for char in code[:9]]
        return _ENTITY[(weighted(values, (4, 3, 5, 3, 10, 2, 2, 5, 7)) - 5) % 11] == code[9]
    if len(code) == 9:
        return "XMKECAWLJDB"[weighted(digits(code), (10, 4, 9, 3, 8, 2, 7, 1)) % 11] == code[8]
    return "ZKCMDNERGWH"[weighted(digits(code), (10, 8, 6, 4, 9, 7, 5, 3, 1)) % 11] == code[9]


def _thai(text: str) -> bool:
    found = digits(text)
    return (11 - weighted(found, range(13, 1, -1)) % 11) % 10 == found[12]


def _filipino(text: str) -> bool:
    found = digits(text)
    return any(found[:8]) and weighted(found, (9, 8, 7, 6, 5, 4, 3, 2)) % 11 == found[8]


RULES = (
    number(
        "sg-identity",
        "A Singaporean identity number (NRIC, FIN)",
        r"[STFGM]\d{7}[A-Z]",
        source="https://www.ica.gov.sg",
        finds=("NRIC S2740116C", "f2346401l"),
        leaves=("S2740116D", "S274011C", "A2740116C"),
        valid=_singaporean,
    ),
    number(
        "sg-entity",
        "A Singaporean entity number (UEN)",
        r"(?:19|20)\d{7}[A-Z]|\d{8}[A-Z]|[TSR]\d{2}[A-Z][A-Z0-9]\d{4}[A-Z]",
        source="https://www.uen.gov.sg",
        finds=("UEN 53125226D was processed", "T16RF0037C"),
        leaves=("UEN 53125226E", "T16RF0037D"),
        valid=_entity,
    ),
    number(
        "th-national-id",
        "A Thai national identity number",
        r"[1-8](?:1\d|2[0-7]|3\d|4\d|5[0-8]|6[0-7]|7[0-7]|8[0-6]|9[0-6])\d{10}"
        r"|[1-8]-\d{4}-\d{5}-\d{2}-\d",
        source="https://www.bora.dopa.go.th",
        finds=("เลขประจำตัวประชาชน: 3456789012347", "1-1039-16476-10-3", "4567890123459"),
        leaves=("3456789012348", "0034567890124", "1294567890124"),
        valid=_thai,
    ),
    number(
        "ph-tax",
        "A Philippine tax number (TIN)",
        r"\d{3}-\d{3}-\d{3}(?:-\d{3,5})?",
        source="https://www.bir.gov.ph",
        finds=("TIN: 000-123-456-000",),
        leaves=("TIN 000-123-457-000", "600-000-000"),
        valid=_filipino,
    ),
)
