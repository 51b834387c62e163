"""What is erased from rows lies on in the database's files for a while. This takes it out of them, as far as that goes.

SQLite overwrites what it frees (PRAGMA secure_delete), but what it wrote before lies in the write-ahead log until that is
emptied; and when rows grow, copies of their neighbours may be left in the unused part of a page, which only writing the
file anew clears (found in 4 of 1,500 erased rows). PostgreSQL frees the space of erased rows by VACUUM, and overwrites it
when it needs it; only writing the tables anew (VACUUM FULL) clears it, and nobody can use them meanwhile.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import DatabaseError, connection

log = logging.getLogger("chat.retention")

AUTOMATIC = (
    256 * 2**20
)  # bytes of an SQLite file that is written anew unasked: 1.6 s in which nobody else writes

# Besides our own: of Django's those with something of people's.
OTHERS = {"django_session", "django_admin_log"}

BEYOND = {
    "sqlite": "Backups, snapshots of the disk, and its freed blocks",
    "postgresql": "The write-ahead log and its archives, replicas that lag, backups, snapshots of the disk, and its freed blocks",
}

# Something was erased here since the write-ahead log was last emptied.
_touched = False


def touched() -> None:
    """Something has been erased: see to the files, soon."""
    global _touched
    _touched = True


def settle() -> None:
    """Empty SQLite's write-ahead log, where something was erased and nobody reads an older state; else it is tried again."""
    global _touched
    if _touched and connection.vendor == "sqlite" and not connection.in_atomic_block:
        with _patience(0):
            _touched = not _emptied()
    elif connection.vendor != "sqlite":
        _touched = False


class Cleaned(NamedTuple):
    """Sentences about what was done and what is still to be; `whole`: nothing that was asked for is still to be."""

    sentences: list[str]
    whole: bool


def clean(rewrite: bool | None, patience: int) -> Cleaned:
    """Take what was erased out of the files.

    `rewrite`: write them anew; None leaves that to the size of the file on SQLite, and is no on PostgreSQL. `patience`: seconds
    to wait for who reads an older state; nobody else writes meanwhile. Outside of a transaction.
    """
    if connection.vendor == "sqlite":
        said, whole = _clean_sqlite(rewrite, patience)
    else:
        said, whole = _clean_postgresql(bool(rewrite)), True
    beyond = f"Out of reach: {BEYOND[connection.vendor]}. What was erased is there until they expire."
    return Cleaned([*said, beyond], whole)


def _clean_sqlite(rewrite: bool | None, patience: int) -> Cleaned:
    global _touched
    size = os.path.getsize(connection.settings_dict["NAME"])
    said, whole = [], True
    if rewrite or (rewrite is None and size <= AUTOMATIC):
        try:
            _run("VACUUM")
            said.append("The database file was written anew.")
        except DatabaseError as error:
            whole = False
            said.append(f"The database file could not be written anew ({error}); run this again.")
    elif rewrite is None:
        said.append(
            f"The database file has {size // 2**20} MiB and was not written anew, so copies of some rows may be left in unused "
            "parts of it. `manage.py purge --rewrite` does that; others wait meanwhile, a second for each 150 MiB."
        )
    with _patience(patience):
        _touched = not _emptied()
    said.append(
        "The write-ahead log could not be emptied, since somebody reads an older state. A process that serves tries again each "
        "minute; or run this again."
        if _touched
        else "The write-ahead log was emptied."
    )
    return Cleaned(said, whole and not _touched)


def _clean_postgresql(rewrite: bool) -> list[str]:
    for table in sorted(connection.introspection.table_names()):
        if table.startswith("chat_") or table in OTHERS:
            _run(f"VACUUM {'(FULL, ANALYZE)' if rewrite else '(ANALYZE)'} {connection.ops.quote_name(table)}")
    if rewrite:
        return ["The tables were written anew, and their old files removed."]
    return [
        "The tables were vacuumed: the space of what was erased is free, and is overwritten when it is needed. "
        "`manage.py purge --rewrite` writes the tables anew; nobody can use them meanwhile."
    ]


def _emptied() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone()
    return not busy


@contextmanager
def _patience(seconds: int) -> Iterator[None]:
    """How long SQLite waits for others, meanwhile."""
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5)
    _run(f"PRAGMA busy_timeout = {seconds * 1000}")
    try:
        yield
    finally:
        _run(f"PRAGMA busy_timeout = {int(usual * 1000)}")


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
