"""Germany: tax, VAT, pension, health insurance, doctors', identity card, passport and driving numbers."""

from collections import Counter

from ...check_digits import born, digits, mod_11_10, plain, same, weighted
from .form import number

# As the states write it, and the federal form: the office, a zero, the number.
_STATES = r"\d{2,3}/\d{3}/\d{4,5}|\d{3}/\d{4}/\d{4}|\d{2,3} \d{3} \d{5}|\d{5}/\d{5}"
_FEDERAL = r"(?:1010|11\d\d|2[1-9]\d\d|3[0-2]\d\d|4[01]\d\d|5\d{3}|9\d{3})0\d{8}"


def _tax(text: str) -> bool:
    """Among the first ten one digit comes twice or thrice, the others once. Printed samples have each once."""
    counts = sorted(Counter(digits(text)[:10]).values())
    return counts[-1] <= 3 and counts[-2] == 1 and mod_11_10(text)


def _pension(text: str) -> bool:
    code = plain(text)
    letter = ord(code[8]) - ord("A") + 1
    found = [*digits(code[:8]), letter // 10, letter % 10, *digits(code[9:])]
    total = sum(
        sum(divmod(a * b, 10)) for a, b in zip(found, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False)
    )
    day = found[2] * 10 + found[3]
    # Where two were born alike the day is raised by 50.
    known = born(found[6] * 10 + found[7], found[4] * 10 + found[5], day % 50 if day > 50 else day)
    return known and total % 10 == found[-1]


def _insured(text: str) -> bool:
    code = plain(text)
    found = [*divmod(ord(code[0]) - ord("A") + 1, 10), *digits(code[1:])]
    total = sum(sum(divmod(value * (1 + at % 2), 10)) for at, value in enumerate(found[:-1]))
    return total % 10 == found[-1]


def _doctor(text: str) -> bool:
    found = digits(text)
    return not same(text) and (10 - weighted(found, (4, 9, 4, 9, 4, 9)) % 10) % 10 == found[6]


def _document(text: str) -> bool:
    """Check digit of ICAO Doc 9303 part 3, 4.9: after the nine characters, or as the last of them."""
    values = [int(char, 36) for char in plain(text)]
    return weighted(values[:-1], (7, 3, 1) * 3) % 10 == values[-1]


RULES = (
    number(
        "de-tax-id",
        "A German tax identification number",
        r"[1-9]\d(?: ?\d{3}){3}",
        source="https://download.elster.de/download/schnittstellen/Pruefung_der_Steuer_und_Steueridentifikatsnummer.pdf",
        finds=("Steuer-ID: 36 574 261 809", "12345678903"),
        leaves=("36 574 261 890", "12345678901", "11111111111"),
        valid=_tax,
    ),
    number(
        "de-tax-number",
        "A German tax number",
        rf"{_STATES}|{_FEDERAL}",
        source="https://download.elster.de/download/schnittstellen/Pruefung_der_Steuer_und_Steueridentifikatsnummer.pdf",
        finds=("St.-Nr. 93/815/08152", "12/345/6789", "2893081508152"),
        leaves=("1/2/2024", "12/31/2024", "0081508150001"),
    ),
    number(
        "de-vat",
        "A German VAT number",
        r"DE ?[1-9]\d{2}[ .-]?\d{3}[ .-]?\d{3}",
        source="https://www.bzst.de/DE/Unternehmen/Identifikationsnummern/Umsatzsteuer-Identifikationsnummer/umsatzsteuer-identifikationsnummer_node.html",
        finds=("USt-IdNr. DE136695976", "DE 136 695 976"),
        leaves=("DE136695978", "DE1234567890", "DE13669597"),
        valid=mod_11_10,
    ),
    number(
        "de-pension-insurance",
        "A German pension insurance number",
        r"\d{2} ?\d{6} ?[A-Z] ?\d{2} ?\d",
        source="https://www.gesetze-im-internet.de/vkvv/__4.html",
        finds=("RVNR: 15070649C103", "65 070803 A 019"),
        leaves=("15070649C100", "15070049C103", "15070649C1030"),
        valid=_pension,
    ),
    number(
        "de-health-insurance",
        "A German health insurance number",
        r"[A-Z]\d{9}",
        source="https://www.gesetze-im-internet.de/sgb_5/__290.html",
        finds=("Versichertennummer A000500015", "c000500021"),
        leaves=("A123456787", "A12345678", "A0005000150"),
        valid=_insured,
    ),
    number(
        "de-doctor",
        "A German doctor's number (LANR)",
        r"\d{9}",
        source="https://www.kbv.de/media/sp/Arztnummern_Richtlinie.pdf",
        finds=("LANR 123456601", "234567701"),
        leaves=("234567601", "000000000", "2345677010"),
        valid=_doctor,
    ),
    number(
        "de-practice",
        "A German medical practice's number (BSNR)",
        r"\d{9}",
        beside=r"\bBSNR|\bBetriebsst(?:ä|ae)tten-?(?:nummer|nr)",
        source="https://www.kbv.de/media/sp/Arztnummern_Richtlinie.pdf",
        finds=("Betriebsstättennummer: 021234568", "BSNR 711234567 der Praxis."),
        leaves=("021234568", "BSNR 0212345689"),
    ),
    number(
        "de-identity-document",
        "A German identity card or passport number",
        r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{7,8}\d",
        source="https://www.icao.int/publications/doc-series/doc-9303; https://www.bsi.bund.de/dok/TR-03135",
        finds=("Personalausweis: L01X00T44.", "Reisepass C01234565 ausgestellt", "L01X00T471"),
        leaves=("C01234567", "123456789", "C0123456", "L01X00T45"),
        valid=_document,
    ),
    number(
        "de-driving-licence",
        "A German driving licence number",
        r"[A-Z]\d{2}[0-9A-Z]{6}\d[0-9A-Z]|[A-Z]{2}\d{8}[0-9A-Z]",
        source="https://www.gesetze-im-internet.de/fev_2010/anlage_8.html",
        finds=("Führerschein MU12345678B", "B072RRE2I55"),
        leaves=("12345678901", "B12345678A", "MU1234567B", "DE987654321"),
        # A VAT number has this form too.
        valid=lambda text: not text.upper().startswith("DE"),
    ),
    number(
        "de-commercial-register",
        "A German commercial register number",
        r"HR[AB] ?\d{1,6}(?: ?[A-Z])?",
        source="https://www.handelsregister.de",
        finds=("Amtsgericht München HRB 12345.", "HRA 99999 Köln"),
        leaves=("HR 12345", "HRB 1234567", "HRB-Nummer"),
    ),
)
