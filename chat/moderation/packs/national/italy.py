"""Italy: fiscal code, VAT, identity card, passport and driving numbers."""

from ...check_digits import digits, luhn, plain
from .form import number

# Values of the characters in odd places: ministerial decree of 23 December 1976.
_ODD = dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)) | dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)
# Of two persons with one code the other has letters for digits.
_D = "[0-9LMNP-V]"


def _fiscal(text: str) -> bool:
    code = plain(text)
    even = sum(int(char) if char.isdigit() else ord(char) - ord("A") for char in code[1:15:2])
    return (sum(_ODD[char] for char in code[0:15:2]) + even) % 26 == ord(code[15]) - ord("A")


def _vat(text: str) -> bool:
    """The digits before the last three name the province's office."""
    office = int("".join(map(str, digits(text)[7:10])))
    return (0 < office < 101 or office in (120, 121, 888, 999)) and luhn(text)


RULES = (
    number(
        "it-fiscal-code",
        "An Italian fiscal code",
        rf"[A-Z]{{6}}{_D}{{2}}[A-EHLMPRST]{_D}{{2}}[A-Z]{_D}{{3}}[A-Z]",
        source="https://www.gazzettaufficiale.it/eli/id/1976/12/29/076A3014/sg",
        finds=("C.F. RSSMRA85T10A562S", "rssmra85t10a562s"),
        leaves=("RSSMRA85T10A562T", "A55AAA00B11C333N", "AAAAAA - 00B11C333N"),
        valid=_fiscal,
    ),
    number(
        "it-vat",
        "An Italian VAT number",
        r"(?:IT ?)?\d{8}[_ ]?\d{3}",
        source="https://www.gazzettaufficiale.it/eli/id/1976/12/29/076A3014/sg",
        finds=("P.IVA 01333550323", "IT 01333550323", "01333550_323"),
        leaves=("01333550324", "00000000000", "013335503230"),
        valid=_vat,
    ),
    number(
        "it-identity-card",
        "An Italian identity card number",
        r"[A-Z]{2}\d{5}[A-Z]{2}",
        source="https://www.cartaidentita.interno.gov.it/la-carta/caratteristiche-del-documento/",
        finds=("CIE CA00000AA", "ca12345bz"),
        leaves=("CA00000A", "C123456AA"),
    ),
    number(
        "it-document",
        "An Italian paper identity card or passport number",
        r"[A-Z]{2} ?\d{7}|\d{7}[A-Z]{2}",
        beside=r"\bcarta d.?identit|\bpassaporto|\bpassport",
        source="https://www.icao.int/publications/doc-series/doc-9303",
        finds=("passaporto AA1234567", "carta d'identità n. 1234567Aa"),
        leaves=("AA1234567", "passaporto 2024"),
    ),
    number(
        "it-driving-licence",
        "An Italian driving licence number",
        r"U1[0-9B-DF-HJ-NP-TWYZ]{7}[A-Z]|[A-Z]{2}\d{7}[A-Z]",
        source="https://www.mit.gov.it/temi/patenti-di-guida",
        finds=("license U1K711J11M here", "patente AB1234567C"),
        leaves=("U1H00A000B", "AB123456C"),
    ),
)
