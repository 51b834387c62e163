"""The database's own rules, as triggers (docs/architecture.md, "What the database enforces").

They are installed, not migrated: SQLite's table rebuild drops a table's triggers without a word, and a
migration of a table that a trigger names aborts. So every `migrate` begins with `drop` and ends with `install`.
"""

from types import ModuleType

from django.db import connection, transaction

from . import postgresql, sqlite


class GuardsMissing(Exception):
    """The database would not enforce its rules; nothing may be served. The message names what is missing."""


def install() -> None:
    """Create every guard afresh, of the tables that exist: a migration backwards leaves fewer, or none."""
    tables = set(connection.introspection.table_names())
    drop()
    if "chat_message" in tables:
        _run(_vendor().create(connection, tables))


def drop() -> None:
    """Remove every guard, for a migration or a test's flush."""
    _run(_vendor().remove(connection))


def missing() -> list[str]:
    """Names of guards that are absent, switched off or not as `install` makes them; empty when all is well."""
    return _vendor().missing(connection)


def require() -> None:
    """Raise GuardsMissing unless the database enforces its rules."""
    if absent := missing():
        raise GuardsMissing(
            f"The database's guards are missing or changed: {', '.join(absent)}. "
            "Run `python manage.py migrate`, which installs them."
        )


def _run(statements: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _vendor() -> ModuleType:
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
