"""The way from the event loop to the database."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connection

P = ParamSpec("P")
R = TypeVar("R")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ORM work for a background task on the database's own threads, one hop for all of it.

    The connection is given back at the end: kept ones leak under ASGI.
    """

    def run() -> R:
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_database_threads(), run)


@functools.cache
def _database_threads() -> ThreadPoolExecutor:
    # SQLite has one writer: more threads would only wait for each other inside it.
    count = 1 if connection.vendor == "sqlite" else 4
    return ThreadPoolExecutor(max_workers=count, thread_name_prefix="database")
