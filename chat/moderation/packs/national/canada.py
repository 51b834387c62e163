"""Canada: social insurance numbers."""

from ...check_digits import luhn
from .form import number

RULES = (
    number(
        "ca-social-insurance",
        "A Canadian social insurance number",
        r"[1-79]\d{2}(?:\d{6}| \d{3} \d{3}|-\d{3}-\d{3})",
        source="https://www.canada.ca/en/employment-social-development/services/sin.html",
        finds=("SIN 130 692 544", "130-692-544", "130692544"),
        leaves=("130692545", "999 999 999", "046-454 286", "800 000 002"),
        valid=luhn,
    ),
)
