"""Brazil, Mexico, Chile and Argentina: tax and identity numbers."""

from ...check_digits import digits, plain, same, weighted
from .form import number

_CURP = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"


def _two(text: str, first: range | tuple[int, ...], second: range | tuple[int, ...]) -> bool:
    """Brazil's two check digits, each by modulus 11 over all that stands before it."""
    found = digits(text)
    checks = [
        (11 - weighted(found[:at], weights) % 11) % 11 % 10 for at, weights in ((-2, first), (-1, second))
    ]
    return not same(text) and checks == found[-2:]


def _person(text: str) -> bool:
    return _two(text, range(10, 1, -1), range(11, 1, -1))


def _firm(text: str) -> bool:
    return _two(text, (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))


def _mexican(text: str) -> bool:
    values = [_CURP.index(char) for char in text.upper()]
    return -weighted(values[:17], range(18, 1, -1)) % 10 == values[17]


def _chilean(text: str) -> bool:
    code = plain(text)
    total = sum(int(digit) * (2 + at % 6) for at, digit in enumerate(reversed(code[:-1])))
    return "0K987654321"[total % 11] == code[-1]


def _argentine(text: str) -> bool:
    found = digits(text)
    check = (11 - weighted(found, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return min(check, 9) == found[10]


RULES = (
    number(
        "br-cpf",
        "A Brazilian person's tax number (CPF)",
        r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}",
        source="https://www.gov.br/receitafederal/pt-br/assuntos/meu-cpf",
        finds=("CPF 390.533.447-05", "39053344705"),
        leaves=("390.533.447-06", "111.111.111-11"),
        valid=_person,
    ),
    number(
        "br-cnpj",
        "A Brazilian firm's tax number (CNPJ)",
        r"\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}",
        source="https://www.gov.br/receitafederal/pt-br/assuntos/orientacao-tributaria/cadastros/cnpj",
        finds=("CNPJ 16.727.230/0001-97", "16727230000197"),
        leaves=("16.727.230/0001-98",),
        valid=_firm,
    ),
    number(
        "mx-curp",
        "A Mexican personal code (CURP)",
        r"[A-Z][AEIOUX][A-Z]{2}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d",
        source="https://www.gob.mx/curp/",
        finds=("CURP BOXW310820HNERXN09",),
        leaves=("BOXW310820HNERXN08", "BOXW311320HNERXN09"),
        valid=_mexican,
    ),
    number(
        "cl-rut",
        "A Chilean tax number (RUT)",
        r"\d{1,2}\.\d{3}\.\d{3}-[0-9K]|\d{7,8}-[0-9K]",
        source="https://www.sii.cl",
        finds=("RUT 12.531.909-2", "12531909-2"),
        leaves=("12.531.909-3", "12531909"),
        valid=_chilean,
    ),
    number(
        "ar-cuit",
        "An Argentine tax number (CUIT, CUIL)",
        r"(?:2[0347]|3[034])-?\d{8}-?\d",
        source="https://www.afip.gob.ar",
        finds=("CUIT 20-26756539-3", "20267565393"),
        leaves=("20-26756539-2", "40-26756539-3"),
        valid=_argentine,
    ),
)
