"""What one process does at a time, of those that start at the same moment: the others wait, and find it done.

Every lock here goes with a process that dies.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from django.db import connection

# Any number does, as long as nobody else in this database locks it: "sluice" as bytes.
KEY = 0x736C75696365


@contextlib.contextmanager
def database(directory: Path) -> Iterator[None]:
    """To prepare the database: locked in PostgreSQL, whatever machine asks, or beside the SQLite file in `directory`."""
    if connection.vendor != "postgresql":
        with folder(directory):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [KEY])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])


@contextlib.contextmanager
def folder(directory: Path) -> Iterator[None]:
    """To write into this data folder."""
    with (directory / "preparing.lock").open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
