"""The entries as they are stored, read some thousands at a time, so that no statement is open for long.

Read as they lie there, without the ORM: who can write into an SQLite file can put anything into any column, and what
cannot be read is to be named like whatever else was altered.
"""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, connection

from .chain import Entry

MANY = 2000  # entries that are read at once

_FROM = " FROM chat_auditentry WHERE "
_SELECT = "SELECT id, at, actor_id, action, subject, data, seq, previous, mac, key" + _FROM
# The chain counts from 1. SQLite stores a word in a column of numbers.
_NUMBERED = {"sqlite": "typeof(seq) = 'integer' AND seq > 0", "postgresql": "seq IS NOT NULL AND seq > 0"}


def chained(after: int = 0, until: int | None = None) -> list[Entry]:
    """The chain's entries behind the number `after`, up to `until`, in their order; at most MANY."""
    until = 2**63 - 1 if until is None else until
    return _read(f"{numbered()} AND seq > %s AND seq <= %s ORDER BY seq, id", [after, until])


def all_chained(until: int | None = None) -> Iterator[list[Entry]]:
    after = 0
    while found := chained(after, until):
        yield found
        after = found[-1].seq


def unchained(after: int | None = None) -> list[Entry]:
    """Entries outside the chain in the order of their ids, from the lowest or from behind `after` on; at most MANY."""
    if after is None:
        return _read(f"NOT ({numbered()}) ORDER BY id", [])
    return _read(f"NOT ({numbered()}) AND id > %s ORDER BY id", [after])


def all_unchained(after: int | None = None) -> Iterator[Entry]:
    while found := unchained(after):
        yield from found
        after = found[-1].id


def of(ids: list[int]) -> list[Entry]:
    """These, in the chain's order, those outside it by their ids; at most MANY."""
    if not ids:
        return []
    places = ", ".join(["%s"] * len(ids))
    found = _read(f"id IN ({places})", ids)
    return sorted(found, key=lambda entry: (entry.seq, entry.id))


def unchained_exist() -> bool:
    return bool(_all(f"SELECT 1 FROM chat_auditentry WHERE NOT ({numbered()}) LIMIT 1", []))  # noqa: S608  our words


def last_number() -> int:
    """The highest number in the chain, 0 where there is none."""
    sql = f"SELECT COALESCE(MAX(seq), 0) FROM chat_auditentry WHERE {numbered()}"  # noqa: S608  our words
    return int(_all(sql, [])[0][0])


def numbered() -> str:
    """The condition, in SQL, for entries of the chain: all others stand beside it."""
    return _NUMBERED[connection.vendor]


def _read(condition: str, values: list[Any]) -> list[Entry]:
    ending = f"{condition} LIMIT {MANY + 1}"
    try:
        found = [_entry(*row) for row in _all(_SELECT + ending, values)]
    except (UnicodeDecodeError, DatabaseError):
        found = [_one(*row) for row in _all(f"SELECT id, seq{_FROM}{ending}", values)]
    if len(found) <= MANY:
        return found
    # Two under one number are read together.
    if found[-1].seq and found[-1].seq == found[-2].seq:
        return found
    return found[:MANY]


def _one(pk: Any, seq: Any) -> Entry:
    """This entry alone, for one that cannot be read spoils the others."""
    try:
        return _entry(*_all(f"{_SELECT}id = %s", [pk])[0])
    except (UnicodeDecodeError, DatabaseError):
        nothing: Any = None  # which no MAC fits
        last = _all(f"SELECT previous, mac, key{_FROM}id = %s", [pk])[0]
        return Entry(pk, nothing, nothing, "", "", nothing, _place(seq), *last)


def _all(sql: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _entry(pk: Any, at: Any, actor: Any, action: Any, subject: Any, data: Any, seq: Any, *last: Any) -> Entry:
    return Entry(pk, _moment(at), actor, action, subject, _json(data), _place(seq), *last)


def _place(seq: Any) -> int:
    """0 for what stands beside the chain, by a number that is none of the chain's too."""
    return seq if isinstance(seq, int) and seq > 0 else 0


def _moment(at: Any) -> Any:
    """SQLite's driver makes moments without a zone of what is stored in UTC."""
    if isinstance(at, str):
        with contextlib.suppress(ValueError):
            at = datetime.fromisoformat(at)
    return at.replace(tzinfo=UTC) if isinstance(at, datetime) and at.tzinfo is None else at


def _json(data: Any) -> Any:
    try:
        return json.loads(data)
    except (TypeError, ValueError):
        return data
