"""The guards as SQLite triggers. Django registers SHA256 on each connection it opens, so any other client that
tries to insert a message fails on the missing function, which is as it should be."""

from collections.abc import Container
from typing import Any

from .rules import (
    APPEND_ONLY,
    ERASURES,
    INSERTS,
    NEVER_ALTERED,
    NEVER_DELETED,
    NOT_REPLACED,
    SENTENCES,
    UPDATES,
)

# IS DISTINCT FROM came with SQLite 3.39; IS NOT means the same here and is older.
_WORDS = {
    "sha256": "SHA256(NEW.salt || NEW.body)",
    "false": "0",
    "checkers": "json_array_length(p.definition, '$.checkers')",
    "questions": "COALESCE(json_array_length(p.definition, '$.input'), 0)",
    # As Django stores a moment, so that the two compare as texts.
    "day_ago": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')",
}


def create(connection: Any, tables: Container[str]) -> list[str]:
    return list(_triggers(tables).values())


def remove(connection: Any) -> list[str]:
    return [f'DROP TRIGGER IF EXISTS "{name}"' for name in _present(connection)]


def missing(connection: Any) -> list[str]:
    present = _present(connection)
    absent = [name for name, statement in _triggers().items() if present.get(name) != statement]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        if cursor.fetchone()[0] != 1:
            absent.append("PRAGMA recursive_triggers")
    return absent


def _present(connection: Any) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'guard_*'")
        return dict(cursor.fetchall())


def _triggers(tables: Container[str] | None = None) -> dict[str, str]:
    """Name → statement; of these tables alone where they are named."""
    found: dict[str, str] = {}

    def add(table: str, event: str, rule: str, condition: str, suffix: str = "") -> None:
        if tables is not None and table not in tables:
            return
        name = f"guard_{table}_{rule}{suffix}"
        when = f" WHEN {condition}" if condition else ""
        found[name] = (
            f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" FOR EACH ROW{when} '
            f"BEGIN SELECT RAISE(ABORT, 'guard: {table}: {SENTENCES[rule]}'); END"
        )

    for table, rule, condition in INSERTS:
        add(table, "INSERT", rule, _worded(condition))
    for table, columns, rule, condition in UPDATES:
        add(table, f"UPDATE OF {columns}" if columns else "UPDATE", rule, _worded(condition))
    for table, keys in (APPEND_ONLY | NOT_REPLACED).items():
        for number, key in enumerate(keys):
            add(table, "INSERT", "replace", _taken(table, key), str(number))
    for table in [*APPEND_ONLY, *NEVER_DELETED]:
        add(table, "DELETE", "delete", "")
    for table in [*APPEND_ONLY, *NEVER_ALTERED]:
        if table not in ERASURES:
            add(table, "UPDATE", "update", "")
    for table, (erasure, stay) in ERASURES.items():
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in stay)
        add(table, "UPDATE", "erasure", f"({erasure} AND {same}) IS NOT TRUE")
    return found


def _worded(condition: str) -> str:
    return condition.replace("IS DISTINCT FROM", "IS NOT").format(**_WORDS)


def _taken(table: str, key: str) -> str:
    match = " AND ".join(f"o.{column} = NEW.{column}" for column in key.split(", "))
    return f"EXISTS (SELECT 1 FROM {table} o WHERE {match})"  # noqa: S608  names of our own, no input
