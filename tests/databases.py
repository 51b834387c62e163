"""Databases for test servers: none for SQLite (a file in the folder), a fresh or copied one on PostgreSQL."""

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit


@contextlib.contextmanager
def fresh(copy_of: str = "") -> Iterator[str]:
    """DATABASE_URL of a database that is dropped afterwards; "" in the run on SQLite."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        yield ""
        return
    name = f"sluice_{uuid.uuid4().hex[:12]}"
    template = f' TEMPLATE "{_name(copy_of)}"' if copy_of else ""
    _execute(address, f'CREATE DATABASE "{name}"{template}')
    try:
        yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
    finally:
        _execute(address, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def away(address: str) -> Iterator[None]:
    """Every connection to this database ends, and nobody gets a new one until the end of the block."""
    server, name = os.environ["DATABASE_URL"], _name(address)
    _execute(server, f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    _execute(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        yield
    finally:
        _execute(server, f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def rows(address: str, file: Path, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    if not address:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(sql.replace("%s", "?"), values).fetchall()
    import psycopg

    with psycopg.connect(address) as connection:
        return connection.execute(sql, values).fetchall()


def _execute(address: str, sql: str) -> None:
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql)


def _name(address: str) -> str:
    return urlsplit(address).path.lstrip("/")
