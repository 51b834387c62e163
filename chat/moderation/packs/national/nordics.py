"""Sweden and Finland, Norway and Denmark: personal numbers, and Swedish organisations'."""

from ...check_digits import born, digits, luhn, plain, same, weighted
from .form import number

_MARKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def _swedish(text: str) -> bool:
    found = digits(text)
    full = len(found) == 12
    year = int("".join(map(str, found[: len(found) - 8])))
    day = found[-6] * 10 + found[-5]
    # The day of a person without registration is raised by 60.
    known = born(year, found[-8] * 10 + found[-7], day - 60 if day > 60 else day)
    return known and (not full or 1840 < year < 2100) and luhn("".join(map(str, found[-10:])))


def _finnish(text: str) -> bool:
    code = plain(text.replace("+", "-"))
    found = digits(code)
    return (
        born(found[4] * 10 + found[5], found[2] * 10 + found[3], found[0] * 10 + found[1])
        and _MARKS[int("".join(map(str, [*found[:6], *digits(text[7:10])]))) % 31] == text[-1].upper()
    )


def _norwegian(text: str) -> bool:
    found = digits(text)
    day, month = found[0] * 10 + found[1], found[2] * 10 + found[3]
    # The day of a D number is raised by 40.
    known = born(found[4] * 10 + found[5], month, day - 40 if day > 40 else day)
    first = weighted(found, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    return known and first == 0 and weighted(found, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _danish(text: str) -> bool:
    found = digits(text)
    # Numbers given since 2007 may lack the check digit, so the day alone is looked at.
    return born(found[4] * 10 + found[5], found[2] * 10 + found[3], found[0] * 10 + found[1]) and not same(
        text[-4:]
    )


RULES = (
    number(
        "se-personal-number",
        "A Swedish personal number",
        r"(?:18|19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[06][1-9]|[1278]\d|[39][01])[-+]?\d{4}",
        source="https://www.skatteverket.se/privat/folkbokforing/personnummer.4.3810a01c150939e893f18c29.html",
        finds=("personnummer 871220-2384", "189004119807", "20110925-2385"),
        leaves=("871220-2385", "19001309-2393", "200504422381"),
        valid=_swedish,
    ),
    number(
        "se-organisation",
        "A Swedish organisation number",
        r"(?:16)?[1-9]\d[2-9]\d{3}-\d{4}|16[1-9]\d[2-9]\d{7}",
        source="https://www.bolagsverket.se/foretag/organisationsnummer",
        finds=("556703-7485 är vårt orgnummer.", "212000-0142"),
        leaves=("556703-7486", "19001309-2393", "551203-7485"),
        valid=lambda text: luhn(text[-11:]),
    ),
    number(
        "fi-personal-code",
        "A Finnish personal identity code",
        r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]",
        source="https://dvv.fi/en/personal-identity-code",
        finds=("My personal identity code is: 010594Y9032.", "131052-308T"),
        leaves=("131052-308U", "131052.308T", "320199-308T"),
        valid=_finnish,
    ),
    number(
        "no-national-number",
        "A Norwegian national identity number",
        r"(?:[04][1-9]|[1256]\d|[37][01])(?:0[1-9]|1[0-2])\d{2} ?\d{5}",
        source="https://www.skatteetaten.no/en/person/national-registry/birth-and-name-selection/children-born-in-norway/national-id-number/",
        finds=("fødselsnummer 151086 95088", "01013325231"),
        leaves=("15108695087", "35138695088", "1510869508"),
        valid=_norwegian,
    ),
    number(
        "dk-cpr",
        "A Danish personal number",
        r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}-\d{4}",
        source="https://cpr.dk/media/12066/personnummeret-i-cpr.pdf",
        finds=("CPR 211062-5629", "070761-4285"),
        leaves=("321062-5629", "310262-5629", "211062 5629"),
        valid=_danish,
    ),
)
