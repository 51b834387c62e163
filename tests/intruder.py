"""Somebody who has the database itself: SQLite's file, or PostgreSQL's superuser. No guard holds them."""

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection

from chat.audit import chain, rows
from chat.models import guards


class Intruder:
    """Runs SQL on a connection of its own, past the guards. `%s` stands for a value on both databases."""

    def __init__(self, made: Any) -> None:
        self._connection = made

    def run(self, sql: str, *values: Any) -> list[Any]:
        lite = isinstance(self._connection, sqlite3.Connection)
        cursor = self._connection.execute(sql.replace("%s", "?") if lite else sql, values)
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def intruder(table: str = "chat_auditentry") -> Iterator[Intruder]:
    """The guards of the table are gone meanwhile, and afterwards there again, as if nothing had been."""
    if connection.vendor == "sqlite":
        made: Any = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, timeout=20)
    else:
        import psycopg

        parameters = {k: v for k, v in connection.get_connection_params().items() if k in _KNOWN and v}
        made = psycopg.connect(**parameters, autocommit=True)
    try:
        _disarm(made, table)
        yield Intruder(made)
    finally:
        made.close()
        guards.install()


_KNOWN = {"dbname", "user", "password", "host", "port"}


def _disarm(made: Any, table: str) -> None:
    if connection.vendor == "postgresql":
        made.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return
    names = made.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table])
    for (name,) in names.fetchall():
        made.execute(f'DROP TRIGGER "{name}"')


def forge(after: int, **change: Any) -> None:
    """Whoever has the key as well writes the audit's chain anew from behind this number, with something else in it."""
    entries, keys = rows.chained(), settings.AUDIT_KEYS
    previous = entries[after - 1].mac if after else entries[0].previous
    with intruder() as somebody:
        for entry in entries[after:]:
            new = chain.signed(dataclasses.replace(entry, previous=previous, **change), keys, entry.key)
            previous = new.mac
            somebody.run(
                "UPDATE chat_auditentry SET subject = %s, previous = %s, mac = %s WHERE seq = %s",
                new.subject, new.previous, new.mac, entry.seq,
            )  # fmt: skip
