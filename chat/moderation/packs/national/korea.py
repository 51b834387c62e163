"""South Korea: residents' and foreigners', business, driving and passport numbers."""

from ...check_digits import born, digits, same, weighted
from .form import number

_BUSINESS = (1, 3, 7, 1, 3, 7, 1, 3)


def _resident(text: str) -> bool:
    """The day of birth. The check digit is gone from numbers given since October 2020."""
    found = digits(text)
    century = {1: 1900, 2: 1900, 3: 2000, 4: 2000, 5: 1900, 6: 1900, 7: 2000, 8: 2000}[found[6]]
    known = born(century + found[0] * 10 + found[1], found[2] * 10 + found[3], found[4] * 10 + found[5])
    return known and not same(text)


def _business(text: str) -> bool:
    found = digits(text)
    total = weighted(found, _BUSINESS) + sum(divmod(found[8] * 5, 10))
    return not same(text) and (total + found[9]) % 10 == 0


RULES = (
    number(
        "kr-resident",
        "A South Korean resident's number",
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?[1-4]\d{6}",
        source="https://www.law.go.kr/LSW/eng/engLsSc.do?menuId=2&query=resident%20registration",
        finds=("His RRN is 960121-1021413", "9601211021413"),
        leaves=("961321-1021413", "960121-9021413", "960231-1021413"),
        valid=_resident,
    ),
    number(
        "kr-foreigner",
        "A South Korean foreigner's number",
        r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?[5-8]\d{6}",
        source="https://www.immigration.go.kr/immigration_eng/index.do",
        finds=("911124-5678906", "9111245678901"),
        leaves=("911324-5678906", "911124-0678906"),
        valid=_resident,
    ),
    number(
        "kr-business",
        "A South Korean business number",
        r"\d{3}-?\d{2}-?\d{5}",
        source="https://www.nts.go.kr/english/main.do",
        finds=("사업자 220-81-62517", "1048656659"),
        leaves=("104-86-56658", "110-81-412722", "000-00-00000"),
        valid=_business,
    ),
    number(
        "kr-driving-licence",
        "A South Korean driving licence number",
        r"(?:1[1-9]|2[0-68])-\d{2}-\d{6}-\d{2}",
        source="https://www.safedriving.or.kr",
        finds=("면허 11-22-123456-12",),
        leaves=("11-22-123456-1", "11-22-123456-123", "30-22-123456-12"),
    ),
    number(
        "kr-passport",
        "A South Korean passport number",
        r"[MSRODG]\d{3}[A-Z]\d{4}",
        source="https://www.passport.go.kr",
        finds=("여권 M456B7890", "m345E9012"),
        leaves=("M1234A567", "A456B7890", "M456B78901"),
    ),
)
