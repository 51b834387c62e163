"""France, Belgium, the Netherlands, Switzerland, Austria, Ireland and Portugal: national numbers."""

from ...check_digits import born, digits, plain, same, weighted
from .form import number


def _french(text: str) -> bool:
    code = plain(text)
    # Corsica's departments have a letter.
    value = int(code[:13].replace("2A", "19").replace("2B", "18"))
    return 97 - value % 97 == int(code[13:])


def _belgian(text: str) -> bool:
    code = plain(text)
    known = born(int(code[:2]), int(code[2:4]) % 20, int(code[4:6])) or code[2:6] == "0000"
    # For those born since 2000 a 2 is put before.
    return known and any(97 - int(century + code[:9]) % 97 == int(code[9:]) for century in ("", "2"))


def _dutch(text: str) -> bool:
    found = digits(text)
    return not same(text) and (weighted(found, range(9, 1, -1)) - found[8]) % 11 == 0


def _swiss(text: str) -> bool:
    return weighted(digits(text), (1, 3) * 6 + (1,)) % 10 == 0


def _austrian(text: str) -> bool:
    found = digits(text)
    known = born(found[8] * 10 + found[9], found[6] * 10 + found[7], found[4] * 10 + found[5])
    return known and weighted(found, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == found[3]


def _irish(text: str) -> bool:
    code = plain(text)
    more = (ord(code[8]) - ord("A") + 1) * 9 if len(code) == 9 and code[8] != "W" else 0
    return "WABCDEFGHIJKLMNOPQRSTUV"[(weighted(digits(code), range(8, 1, -1)) + more) % 23] == code[7]


def _portuguese(text: str) -> bool:
    found = digits(text)
    return not same(text) and (11 - weighted(found, range(9, 1, -1)) % 11) % 11 % 10 == found[8]


RULES = (
    number(
        "fr-social-security",
        "A French social security number (NIR)",
        r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
        source="https://www.insee.fr/fr/metadonnees/definition/c1409",
        finds=("NIR 2 95 10 99 126 111 93", "295109912611193"),
        leaves=("295109912611199", "2951099126111"),
        valid=_french,
    ),
    number(
        "be-national-number",
        "A Belgian national number",
        r"\d{2}\.?[0-5]\d\.?[0-3]\d-?\d{3}\.?\d{2}",
        source="https://www.ibz.rrn.fgov.be/fr/registre-national/",
        finds=("rijksregisternummer 85.07.30-033.28", "85073003328"),
        leaves=("85.07.30-033.29", "85.13.30-033.61"),
        valid=_belgian,
    ),
    number(
        "nl-bsn",
        "A Dutch citizen service number (BSN)",
        r"\d{9}|\d{4}[. ]\d{2}[. ]\d{3}",
        source="https://www.rvig.nl/bsn",
        finds=("BSN 111222333", "1112.22.333"),
        leaves=("111252333", "000000000"),
        valid=_dutch,
    ),
    number(
        "ch-ahv",
        "A Swiss social security number (AHV)",
        r"756\.?\d{4}\.?\d{4}\.?\d{2}",
        source="https://www.zas.admin.ch/zas/en/home/partenaires-et-institutions-/navs13.html",
        finds=("AHV 756.9217.0769.85", "7569217076985"),
        leaves=("756.9217.0769.84", "755.9217.0769.85"),
        valid=_swiss,
    ),
    number(
        "at-social-insurance",
        "An Austrian social insurance number",
        r"[1-9]\d{3}[ -]?(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-5])\d{2}",
        source="https://www.sozialversicherung.at/cdscontent/?contentid=10007.820902",
        finds=("SVNR 1237 010180", "1237010180"),
        leaves=("2237 010180", "1237 320180"),
        valid=_austrian,
    ),
    number(
        "ie-pps",
        "An Irish public service number (PPS)",
        r"\d{7}[A-W][A-IW]?",
        source="https://www.gov.ie/en/department-of-social-protection/",
        finds=("PPS 6433435F", "6433435fw"),
        leaves=("6433435E", "643343F"),
        valid=_irish,
    ),
    number(
        "pt-nif",
        "A Portuguese tax number (NIF)",
        r"[1235-9]\d{2} ?\d{3} ?\d{3}",
        source="https://info.portaldasfinancas.gov.pt",
        finds=("NIF 501 964 843", "501964843"),
        leaves=("501964842", "401964843"),
        valid=_portuguese,
    ),
)
