"""Does a text that has the form really is one? Check digits, and what tells a secret from a stand-in."""

import base64
import binascii
import hashlib
import json
import math
import re
from collections import Counter

# What people write where a secret would go. An answer that explains a setting is full of them.
_STAND_IN = re.compile(
    r"example|sample|placeholder|change.?me|replace|insert|redacted|dummy|your|secret|passw|foo|bar|test|fake|todo"
    r"|token|key|user|default|none|null|undefined|environ|getenv|config|xxx|\*\*\*|\.\.\.|123456|654321|abc123"
    r"|abcdef|qwerty|(.)\1{4}",
    re.IGNORECASE,
)

# What has letters, digits and signs as a password has, and is none.
_WORD = "(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)"
_OTHERWISE = re.compile(
    rf"""
      .*://|(?:[a-z0-9-]+\.)+[a-z]{{2,}}/  # an address in the net
    | (?:~|\.{{1,2}}|[A-Za-z]:)?/  # a path
    | .*:-?\d+:-?\d+:  # an account in /etc/passwd
    | (?:\d{{4}}([-./])\d\d?\1\d\d?|\d\d?([-./])\d\d?\2\d{{4}})?[T_-]?  # a day, a moment
      (?:\d\d?:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d|[AaPp][Mm])?)?[.:]?$
    | {_WORD}(?:-{_WORD})+[.:]?$  # words and numbers with hyphens between them
    """,
    re.VERBOSE,
)

# The first 12 hex digits of the SHA-256 of Google keys that stand in Google's own published samples, as gitleaks
# (MIT) has collected them. As hashes, since code hosts refuse a push that holds the keys.
_PUBLISHED = frozenset(
    """
    2037abcaffb2 3f370c9dd822 e4a5542bb7fd a19f89ab3555 eb540d2b6ee2 37f8f09bdf12 8731261cb72d 49f777db995e
    27a9a42931df dc0fcf046c61 4c98242dcadc ea9bb1082cf9 3a8b61d0f636 a6c814bc555a
""".split()
)


def iban(text: str) -> bool:
    """The check digits of an account number, ISO 13616 (ISO/IEC 7064, MOD 97-10). Spaces and hyphens are skipped."""
    plain = "".join(char for char in text.upper() if char.isascii() and char.isalnum())
    return len(plain) > 4 and int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def social_security(text: str) -> bool:
    """Not one of the numbers that are printed as examples, and so belong to nobody."""
    digits = "".join(char for char in text if char.isdigit())
    # The first came with wallets in 1938, the second was in a leaflet; the others are typed by everyone.
    return digits not in {"078051120", "219099999", "123456789", "987654321", "111223333"}


def varied(text: str) -> bool:
    """Not filler: at least eight different characters, and not a run like x…x or the word example."""
    plain = text.lower()
    return len(set(plain)) >= 8 and "example" not in plain and "xxxxx" not in plain


def published(text: str) -> bool:
    """One of the keys that a vendor prints in its own samples."""
    return hashlib.sha256(text.encode()).hexdigest()[:12] in _PUBLISHED


def random_looking(text: str) -> bool:
    """Neither a stand-in nor words: no part of it says what it is, it has digits and letters, 3 bits a character.

    Shannon's entropy over the text's own characters; random hex of 32 characters has about 3.6.
    """
    if _STAND_IN.search(text) or not re.search("[0-9]", text) or not re.search("[A-Za-z]", text):
        return False
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares) >= 3


def password_looking(text: str) -> bool:
    """`random_looking`, of three kinds of capital, small letter, digit and sign, as nobody's variable name is, and no
    address, path, date or the like.
    """
    kinds = sum(bool(re.search(kind, text)) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))
    return kinds >= 3 and not _OTHERWISE.match(text) and random_looking(text)


def json_web_token(text: str) -> bool:
    """A header that names an algorithm (RFC 7515, 4.1.1), and not the token every tutorial shows."""
    header, payload = (_part(part) for part in text.split(".")[:2])
    shown = payload.get("sub") == "1234567890" and payload.get("name") == "John Doe"
    return isinstance(header.get("alg"), str) and not shown


def _part(part: str) -> dict[str, object]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
