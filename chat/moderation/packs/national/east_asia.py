"""China, Hong Kong, Taiwan and Japan, and Israel: identity numbers."""

from ...check_digits import born, digits, luhn, plain, same, weighted
from .form import number

# Values of a Taiwanese number's first letter: places of birth, in the order in which they were numbered.
_PLACES = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def _chinese(text: str) -> bool:
    """ISO/IEC 7064, MOD 11-2, as in GB 11643-1999."""
    found = digits(text[:17])
    known = born(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    check = (12 - sum(digit * 2 ** (17 - at) for at, digit in enumerate(found)) % 11) % 11
    return known and "0123456789X"[check] == text[17].upper()


def _hong_kong(text: str) -> bool:
    code = plain(text)
    values = [36] * (9 - len(code)) + [int(char, 36) for char in code[:-1]]
    return (weighted(values, range(9, 1, -1)) + int(code[-1].replace("A", "10"))) % 11 == 0


def _taiwanese(text: str) -> bool:
    code = plain(text)
    tens, ones = divmod(_PLACES.index(code[0]) + 10, 10)
    return weighted([tens, ones, *digits(code[1:])], (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def _japanese(text: str) -> bool:
    found = digits(text)
    remainder = weighted(found, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return not same(text) and (0 if remainder < 2 else 11 - remainder) == found[11]


RULES = (
    number(
        "cn-resident",
        "A Chinese resident's identity number",
        r"[1-8]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[0-9X]",
        source="https://en.wikipedia.org/wiki/Resident_Identity_Card#Identity_card_number; GB 11643-1999",
        finds=("身份证 11010519491231002X", "11010519491231002x"),
        leaves=("110105194912310021", "11010519491331002X"),
        valid=_chinese,
    ),
    number(
        "hk-identity-card",
        "A Hong Kong identity card number",
        r"[A-Z]{1,2}\d{6}\([0-9A]\)",
        source="https://www.immd.gov.hk/eng/services/hkid.html",
        finds=("HKID A123456(3)", "ab987654(3)"),
        leaves=("A123456(4)", "A12345(3)"),
        valid=_hong_kong,
    ),
    number(
        "tw-identity",
        "A Taiwanese identity number",
        r"[A-Z][1289]\d{8}",
        source="https://www.ris.gov.tw",
        finds=("身分證 A123456789",),
        leaves=("A123456788", "A323456789"),
        valid=_taiwanese,
    ),
    number(
        "jp-my-number",
        "A Japanese individual number (My Number)",
        r"\d{4}[ -]?\d{4}[ -]?\d{4}",
        source="https://www.soumu.go.jp/kojinbango_card/",
        finds=("マイナンバー 1234 5678 9018",),
        leaves=("1234 5678 9019", "000000000000"),
        valid=_japanese,
    ),
    number(
        "il-identity",
        "An Israeli identity number",
        r"\d{9}|\d{8}-\d",
        source="https://www.gov.il/en/departments/population_and_immigration_authority",
        finds=("ת.ז. 123456782", "12345678-2"),
        leaves=("123456783", "000000000"),
        valid=luhn,
    ),
)
