"""The United States: health, tax, bank, passport and driving numbers; social security is in the starter pack."""

from ...check_digits import digits, luhn, same, weighted
from .form import number


def _routing(text: str) -> bool:
    return not same(text) and weighted(digits(text), (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def _provider(text: str) -> bool:
    # The prefix that makes it a card number in ISO/IEC 7812's sense.
    return not same(text) and luhn("80840" + text)


# Letters of a Medicare identifier: no S, L, O, I, B, Z.
_A = "[AC-HJKMNP-RT-Y]"
_AN = "[0-9AC-HJKMNP-RT-Y]"

RULES = (
    number(
        "us-npi",
        "A US national provider identifier",
        r"[12]\d{9}|[12]\d{3}[ -]\d{3}[ -]\d{3}",
        source="https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf",
        finds=("NPI 1234567893", "1245319599"),
        leaves=("1234567890", "3234567893", "12345678934"),
        valid=_provider,
    ),
    number(
        "us-medicare",
        "A US Medicare beneficiary identifier",
        rf"[1-9]{_A}{_AN}\d-?{_A}{_AN}\d-?{_A}{{2}}\d\d",
        source="https://www.cms.gov/medicare/new-medicare-card/understanding-mbi-format",
        finds=("Patient 1EG4-TE5-MK73", "1EG4TE5MK73"),
        leaves=("1SG4-TE5-MK73", "0EG4-TE5-MK73", "1EG4-TE5-MK7"),
    ),
    number(
        "us-taxpayer",
        "A US individual taxpayer number",
        r"9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}|9\d\d (?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9]) \d{4}",
        source="https://www.irs.gov/individuals/international-taxpayers/general-itin-information",
        finds=("ITIN 912-90-3456", "911 70 1234"),
        leaves=("911-89-1234", "911-93-1234", "811-70-1234"),
    ),
    number(
        "us-bank-routing",
        "A US bank routing number",
        r"(?:0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d\d(?:-?\d{4}-?\d)",
        source="https://www.aba.com/about-us/routing-number",
        finds=("routing number 021000021", "3222-7162-7"),
        leaves=("021000022", "1234-0000-0", "421000021"),
        valid=_routing,
    ),
    number(
        "us-bank-account",
        "A US bank account number",
        r"\d{8,17}",
        beside=r"\b(?:bank|checking|savings?) (?:account|acct)|\baccount (?:number|no\b)",
        source="https://www.nacha.org/rules",
        finds=("My bank account number is 945456787654.", "Checking account: 000123456789"),
        leaves=("945456787654", "account number 1234567"),
    ),
    number(
        "us-passport",
        "A US passport number",
        r"[A-Z]?\d{8}|\d{9}",
        beside=r"\bpassport",
        source="https://travel.state.gov/content/travel/en/passports.html",
        finds=("US passport number: 912803456", "passport A12345678"),
        leaves=("912803456", "passport photo 35 mm"),
    ),
    number(
        "us-driver-license",
        "A US driver's license number",
        r"[A-Z]{1,2}\d{5,13}|[A-Z]\d{3}[ -]\d{3,4}[ -]\d{4}|\d{7,12}|[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d",
        beside=r"\bdriver'?s?'? licen[sc]e|\bdriving licen[sc]e|\bDL (?:number|no\b|#)",
        source="https://www.aamva.org/topics/driver-license-and-identification-standards",
        finds=("driver's license H12234567", "Driver License No. D123-4567-8901"),
        leaves=("H12234567", "driver's license fee 25"),
    ),
)
