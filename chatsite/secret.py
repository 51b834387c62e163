"""The secret key that lives beside the data when the environment names none."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def stored_key(directory: Path) -> str:
    """The key kept in `directory/secret_key`, made on first use, readable by its owner only."""
    path = directory / "secret_key"
    try:
        # Conversations lie here: nobody else on the machine needs to look in.
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR is {str(directory)!r} and cannot be used ({error.strerror}); "
            "set DATA_DIR to a folder this user may write to."
        ) from None
    if len(key) < 50:
        raise ImproperlyConfigured(
            f"{path} holds no usable key; delete it (everyone signs in again) or set SECRET_KEY."
        )
    return key


def _make(path: Path) -> None:
    # Written whole under another name and then linked: a second process sees all of it or nothing.
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first; its key is the key
    finally:
        fresh.unlink()
