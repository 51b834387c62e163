"""Turkey: identity numbers."""

from ...check_digits import digits
from .form import number


def _turkish(text: str) -> bool:
    found = digits(text)
    tenth = (sum(found[0:9:2]) * 7 - sum(found[1:8:2])) % 10
    return found[9] == tenth and sum(found[:10]) % 10 == found[10]


RULES = (
    number(
        "tr-identity",
        "A Turkish identity number",
        r"[1-9]\d{10}",
        source="https://www.nvi.gov.tr",
        finds=("TC Kimlik No: 10000000146", "36493665440"),
        leaves=("10000000147", "02531814694", "123456789012"),
        valid=_turkish,
    ),
)
