"""Secrets that live beside the data when the environment names none: the secret key, and the audit's keys."""

import hashlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

AUDIT_LEAST = 32  # characters of an audit key


def stored_key(directory: Path) -> str:
    """The key kept in `directory/secret_key`, made on first use, readable by its owner only."""
    key = _stored(directory, "secret_key")
    if len(key) < 50:
        raise ImproperlyConfigured(
            f"{directory / 'secret_key'} holds no usable key; delete it (everyone signs in again) or set SECRET_KEY."
        )
    return key


def audit_keys(given: str, directory: Path) -> dict[str, str]:
    """The audit's keys by their ids, the last of which signs: those in `directory/audit_key`, then those `given`.

    Several are separated by commas or stand on lines of their own. A key's id is the beginning of its SHA-256. The file
    is made on first use, unless keys are given.
    """
    path = directory / "audit_key"
    kept = "" if given and not path.exists() else _stored(directory, "audit_key")
    keys: dict[str, str] = {}
    for name, text in ((str(path), kept), ("AUDIT_KEY", given)):
        for key in text.replace(",", " ").split():
            if len(key) < AUDIT_LEAST:
                raise ImproperlyConfigured(
                    f"{name} has a key of {len(key)} characters; use at least {AUDIT_LEAST}, such as "
                    "`openssl rand -hex 40` prints. Keep every earlier key beside it: what it signed is checked with it."
                )
            number = hashlib.sha256(key.encode()).hexdigest()[:12]
            keys.pop(number, None)  # named again it is the newer one
            keys[number] = key
    if not keys:
        raise ImproperlyConfigured(f"{path} holds no key; put back the one it had, or set AUDIT_KEY.")
    return keys


def _stored(directory: Path, name: str) -> str:
    path = directory / name
    try:
        # Conversations lie here: nobody else on the machine needs to look in.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR is {str(directory)!r} and cannot be used ({error.strerror}); "
            "set DATA_DIR to a folder this user may write to."
        ) from None


def _make(path: Path) -> None:
    # Written whole under another name and then linked: a second process sees all of it or nothing.
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        # With its line ended, so that another key can be appended.
        file.write(secrets.token_urlsafe(64) + "\n")
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first; its key is the key
    finally:
        fresh.unlink()
