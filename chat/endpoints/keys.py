"""A provider's key: the value of an environment variable, or sealed with SECRET_KEY for one address alone."""

import base64
import functools
import json
import os
import re

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from ..models import Endpoint
from .refused import Refused

# Who sets up assistants chooses the address too: no secret of the server's own may be named here.
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*_API_(KEY|TOKEN)")


class Unusable(Exception):
    """An endpoint's key cannot be had; the message is a sentence for an administrator."""


def seal(key: str, url: str) -> str:
    """`key` as it is stored, readable with today's SECRET_KEY and for the endpoint at `url` only."""
    words = json.dumps({"key": key, "url": _address(url)})
    return _fernet(settings.SECRET_KEY).encrypt(words.encode()).decode("ascii")


def unseal(row: Endpoint) -> str:
    """The key to send to this endpoint, "" where it has none. Raises Unusable."""
    if row.key_variable:
        return _from_environment(row)
    if not row.key_sealed:
        return ""
    try:
        words = json.loads(_fernet(settings.SECRET_KEY).decrypt(row.key_sealed.encode()))
    except InvalidToken:
        raise Unusable(
            f"The key of {row.name} cannot be read: SECRET_KEY is not the one it was stored with. Enter the key again."
        ) from None
    if words["url"] != _address(row.url):
        raise Unusable(
            f"The key of {row.name} was stored for another address and is not sent to {row.url}. Enter the key again."
        )
    return str(words["key"])


def check_variable(name: str) -> None:
    """Raise Refused unless this variable may be sent to whatever address an administrator of assistants enters."""
    if not _VARIABLE.fullmatch(name):
        raise Refused(
            f"{name} cannot be used: a variable that holds a provider's key has a name in capitals that ends in _API_KEY "
            "or _API_TOKEN, such as ANTHROPIC_API_KEY. Rename the variable, or enter the key itself.",
            "key_variable",
        )


def _from_environment(row: Endpoint) -> str:
    try:
        check_variable(row.key_variable)
    except Refused as refused:
        raise Unusable(str(refused)) from None
    key = os.environ.get(row.key_variable, "").strip()
    if not key:
        raise Unusable(
            f"The key of {row.name} is to come from the variable {row.key_variable}, which is empty or not set. "
            "Set it and start again, or enter the key itself."
        )
    return key


def _address(url: str) -> str:
    return url.strip().rstrip("/")


@functools.lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    derived = HKDF(hashes.SHA256(), length=32, salt=None, info=b"sluice endpoint key").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
