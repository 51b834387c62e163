"""The guards as PostgreSQL triggers, over one function a rule. `sha256` over text is wrapped to be immutable."""

from collections.abc import Container
from typing import Any

from .rules import APPEND_ONLY, ERASURES, INSERTS, NEVER_ALTERED, NEVER_DELETED, SENTENCES, UPDATES

_DIGEST = "guard_sha256"
_DIGEST_BODY = " SELECT encode(sha256(convert_to(value, 'UTF8')), 'hex') "
_WORDS = {
    "sha256": f"{_DIGEST}(NEW.salt || NEW.body)",
    "false": "FALSE",
    "checkers": "jsonb_array_length(p.definition->'checkers')",
    "questions": "jsonb_array_length(COALESCE(p.definition->'input', '[]'::jsonb))",
    "day_ago": "now() - interval '1 day'",
}


def create(connection: Any, tables: Container[str]) -> list[str]:
    schema = _schema(connection)
    # pg_temp last: named nowhere it would be searched first, and a temporary table could pose as chat_verdict.
    path = f'SET search_path = "{schema}", pg_temp'
    statements = [
        f"CREATE OR REPLACE FUNCTION {_DIGEST}(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS "
        f"$${_DIGEST_BODY}$$"
    ]
    for name, (table, event, level, body) in _triggers().items():
        if table not in tables:
            continue
        statements += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {path} AS $guard${body}$guard$",
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {level} EXECUTE FUNCTION {name}()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        ]
    return statements


def remove(connection: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND t.tgname LIKE %s",
            [_schema(connection), r"guard\_%"],
        )
        statements = [f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"' for name, table in cursor.fetchall()]
    names = [*_triggers(), f"{_DIGEST}(text)"]
    return statements + [f"DROP FUNCTION IF EXISTS {name}" for name in names]


def missing(connection: Any) -> list[str]:
    schema = _schema(connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relname, pg_get_triggerdef(t.oid), p.prosrc, array_to_string(p.proconfig, ';') "
            "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND t.tgname LIKE %s AND t.tgenabled = 'A'",
            [schema, r"guard\_%"],
        )
        present = {name: rest for name, *rest in cursor.fetchall()}
        cursor.execute(
            "SELECT p.prosrc FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE p.proname = %s AND n.nspname = %s",
            [_DIGEST, schema],
        )
        digest = [row[0] for row in cursor.fetchall()]
    absent = [name for name, made in _triggers().items() if not _as_made(present.get(name), made, schema)]
    return absent + ([] if digest == [_DIGEST_BODY] else [_DIGEST])


def _as_made(found: list[str] | None, made: tuple[str, str, str, str], schema: str) -> bool:
    if found is None:
        return False
    on, definition, source, config = found
    table, event, level, body = made
    return (
        (on, source) == (table, body)
        and f" BEFORE {event} ON " in definition
        and f" FOR EACH {level} EXECUTE " in definition
        and (config or "").replace('"', "") == f"search_path={schema}, pg_temp"
    )


def _triggers() -> dict[str, tuple[str, str, str, str]]:
    """Name → (table, event, ROW or STATEMENT, body of its function)."""
    found: dict[str, tuple[str, str, str, str]] = {}

    def add(table: str, event: str, rule: str, condition: str, level: str = "ROW") -> None:
        name = f"guard_{table}_{rule}"
        refusal = f"RAISE EXCEPTION 'guard: {table}: {SENTENCES[rule]}';"
        if condition:
            refusal = f"IF {condition} THEN {refusal} END IF; RETURN NEW;"
        found[name] = (table, event, level, f"BEGIN {refusal} END")

    for table, rule, condition in INSERTS:
        add(table, "INSERT", rule, condition.format(**_WORDS))
    for table, columns, rule, condition in UPDATES:
        add(table, f"UPDATE OF {columns}" if columns else "UPDATE", rule, condition.format(**_WORDS))
    for table in [*APPEND_ONLY, *NEVER_DELETED]:
        add(table, "DELETE", "delete", "")
    for table in [*APPEND_ONLY, *NEVER_ALTERED]:
        if table not in ERASURES:
            add(table, "UPDATE", "update", "")
    for table, (erasure, stay) in ERASURES.items():
        same = " AND ".join(f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in stay)
        add(table, "UPDATE", "erasure", f"({erasure} AND {same}) IS NOT TRUE")
    for table in [*APPEND_ONLY, *NEVER_DELETED]:
        add(table, "TRUNCATE", "truncate", "", level="STATEMENT")
    return found


def _schema(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return cursor.fetchone()[0]
