"""References: short words for a case, that are told on the telephone."""

import secrets

# No vowels and nothing that reads like another letter.
_LETTERS = "23456789CDFGHJKMNPQRTVWXZ"


def new_reference() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(8))
