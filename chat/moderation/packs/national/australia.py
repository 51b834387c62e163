"""Australia: business, company, tax file and Medicare numbers."""

from ...check_digits import digits, same, weighted
from .form import number


def _business(text: str) -> bool:
    first, *rest = digits(text)
    return weighted([first - 1, *rest], (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) % 89 == 0


def _company(text: str) -> bool:
    found = digits(text)
    return not same(text) and (weighted(found, (8, 7, 6, 5, 4, 3, 2, 1)) + found[8]) % 10 == 0


def _tax_file(text: str) -> bool:
    found = digits(text)
    weights = (1, 4, 3, 7, 5, 8, 6, 9, 10) if len(found) == 9 else (10, 7, 8, 4, 6, 3, 5, 1)
    return not same(text) and weighted(found, weights) % 11 == 0


def _medicare(text: str) -> bool:
    found = digits(text)
    return not same(text) and weighted(found, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == found[8]


RULES = (
    number(
        "au-abn",
        "An Australian business number (ABN)",
        r"[1-9]\d[ -]?\d{3}[ -]?\d{3}[ -]?\d{3}",
        source="https://abr.business.gov.au/Help/AbnFormat",
        finds=("ABN 51 824 753 556", "51824753556"),
        leaves=("52 824 753 556", "51 824 753 5564", "51824753556AF"),
        valid=_business,
    ),
    number(
        "au-acn",
        "An Australian company number (ACN)",
        r"\d{3}[ -]?\d{3}[ -]?\d{3}",
        source="https://asic.gov.au/for-business/registering-a-company/steps-to-register-a-company/australian-company-numbers/australian-company-number-digit-check/",
        finds=("ACN 004 085 616", "000000180"),
        leaves=("824 753 557", "004 085 617", "000 000 000"),
        valid=_company,
    ),
    number(
        "au-tfn",
        "An Australian tax file number",
        r"\d{3}[ -]?\d{3}[ -]?\d{2,3}",
        source="https://www.ato.gov.au/individuals-and-families/tax-file-number",
        finds=("TFN 123 456 782", "876543210"),
        leaves=("824 753 557", "123 456 783", "111 111 111"),
        valid=_tax_file,
    ),
    number(
        "au-medicare",
        "An Australian Medicare number",
        r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?",
        source="https://meteor.aihw.gov.au/content/270101",
        finds=("Medicare 2123 45670 1", "2123456701"),
        leaves=("2123 25870 1", "212345670221", "1123 45670 1"),
        valid=_medicare,
    ),
)
