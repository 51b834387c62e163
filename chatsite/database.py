"""Which database DATABASE_URL means."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

SQLITE = "chatsite.sqlite"


def chosen(address: str, file: Path) -> dict[str, Any]:
    """Django's dictionary for a `sqlite:` or `postgres:` address, or for the SQLite `file` where there is none.

    Anything else raises ImproperlyConfigured, without repeating the address, since a password may stand in it.
    """
    if not address:
        return {"ENGINE": SQLITE, "NAME": file}
    try:
        scheme = urlsplit(address).scheme
        if scheme in {"sqlite", "postgres", "postgresql"}:
            return dict(dj_database_url.parse(address, engine=SQLITE if scheme == "sqlite" else None))
        problem = f"begins with {scheme!r}" if scheme else "has no scheme"
    except (ValueError, dj_database_url.ParseError):
        problem = "cannot be read"
    raise ImproperlyConfigured(
        f"DATABASE_URL {problem}; write postgres://name:password@host:5432/database, or leave it out for SQLite."
    )
