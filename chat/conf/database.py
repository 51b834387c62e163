"""The way from the event loop to the database."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

from ..threads import Processor, Threads

P = ParamSpec("P")
R = TypeVar("R")

REQUESTS, DATABASE = 8, 4  # threads
# One of them at once where the database is in this process: Python runs one thread at a time, and each statement gives the
# others their turn, so a transaction that takes 0.6 ms alone takes 30 beside seven others, and keeps SQLite's one
# writer's place.
ABREAST = 1

# That of the event loop; chosen where this process serves alone.
processor = Processor()


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ORM work for a background task on the database's own threads, one hop for all of it.

    The connection is given back at the end: kept ones leak under ASGI.
    """

    def run() -> R:
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await _database_threads().run(run)


@functools.cache
def request_threads() -> Threads:
    """The threads on which views run, whole."""
    return Threads(REQUESTS, ABREAST if _in_process() else 0, "request", processor)


@functools.cache
def _database_threads() -> Threads:
    # Apart from those of requests, since a view may wait in its thread for what the event loop does here. SQLite has one
    # writer: more threads would only wait for each other inside it.
    return Threads(1 if _in_process() else DATABASE, 0, "database", processor)


def _in_process() -> bool:
    return connection.vendor == "sqlite"
