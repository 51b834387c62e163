"""Spain: identity numbers of citizens (DNI, NIF) and foreigners (NIE), and passports."""

from ...check_digits import plain
from .form import number

_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def _identity(text: str) -> bool:
    code = plain(text)
    value = int(code[:-1].translate(str.maketrans("XYZ", "012")))
    return code[-1] == _LETTERS[value % 23]


RULES = (
    number(
        "es-nif",
        "A Spanish identity number (DNI, NIF)",
        r"\d{7,8}[ -]?[A-Z]",
        source="https://www.interior.gob.es/opencms/es/servicios-al-ciudadano/tramites-y-gestiones/dni/calculo-del-digito-de-control-del-nif-nie/",
        finds=("DNI 12345678Z", "1111111-G", "55555555k"),
        leaves=("12345678A", "123456789Z", "401-S"),
        valid=_identity,
    ),
    number(
        "es-nie",
        "A Spanish identity number of foreigners (NIE)",
        r"[XYZ][ -]?\d{7}[ -]?[A-Z]",
        source="https://www.interior.gob.es/opencms/es/servicios-al-ciudadano/tramites-y-gestiones/dni/calculo-del-digito-de-control-del-nif-nie/",
        finds=("NIE X-2482300-W", "z8078221m"),
        leaves=("X2482300A", "W8063915Q", "X248230W"),
        valid=_identity,
    ),
    number(
        "es-passport",
        "A Spanish passport number",
        r"[A-Z]{3}\d{6}",
        beside=r"\bpasaporte|\bpassport",
        source="https://www.icao.int/publications/doc-series/doc-9303",
        finds=("pasaporte AAA123456", "passport: xdb123456"),
        leaves=("AAA123456", "pasaporte AAA12345"),
    ),
)
