"""That a process serves, as PostgreSQL knows it: processes whose folders are on different machines see each other by it.

One connection of its own, with a lock that goes with it: alone where the stream logs are in this process's memory, shared
with others where they are in Redis. On SQLite the lock of the data folder (`single`) is enough.
"""

import asyncio
import logging
import os
import socket
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from .. import conf

log = logging.getLogger("chat.presence")

# Beside that of `exclusive`.
KEY = 0x736C75696366
PATIENCE = 3  # seconds in which a process that has just ended may still be seen
AGAIN = 5.0  # seconds between attempts to come back after the connection was lost
# Seconds until PostgreSQL believes that a machine is dead whose end nobody has told it: 10 + 3 × 5.
_SILENCE = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
_HOLDER = """
SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = %s
  AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1
"""

_held: Any = None
_problem = ""


def hold(*, alone: bool) -> None:
    """Be present until the process ends; does nothing where it is, and on SQLite. Raises ImproperlyConfigured where
    another process must be alone, or this one, and DatabaseError.
    """
    global _held
    if connection.vendor != "postgresql" or _held is not None:
        return
    import psycopg

    try:
        _held = _taken(alone)
    except psycopg.Error as error:
        raise DatabaseError(str(error)) from error
    if _look not in conf.PROBES:
        conf.PROBES.append(_look)


async def keep(*, alone: bool) -> None:
    """Come back whenever the connection is lost: a restart of PostgreSQL lets go of the lock."""
    while _held is not None:
        await _until_news(_held)
        while not await asyncio.to_thread(_is_there, alone):  # noqa: ASYNC110  nobody tells when it can be had
            await asyncio.sleep(AGAIN)


async def _until_news(held: Any) -> None:
    """Return when the server has sent something: its end, mostly. No thread waits for it."""
    news, loop = asyncio.Event(), asyncio.get_running_loop()
    number = held.fileno()
    loop.add_reader(number, news.set)
    try:
        await news.wait()
    finally:
        loop.remove_reader(number)


def _is_there(alone: bool) -> bool:
    """Whether the lock is held, after another attempt where it was not."""
    global _held, _problem
    import psycopg

    try:
        _held.execute("SELECT 1")
    except psycopg.Error:
        _held.close()
        try:
            _held = _taken(alone)
        except ImproperlyConfigured as refused:
            if not _problem:
                log.error("%s", refused)
            _problem = str(refused)
            return False
        except psycopg.Error:
            return False
        log.info("PostgreSQL knows again that this process serves")
    _problem = ""
    return True


def _look() -> str:
    return _problem


def _taken(alone: bool) -> Any:
    import psycopg

    parameters = {
        **connection.get_connection_params(),
        "autocommit": True,
        "application_name": f"sluice {socket.gethostname()[:30]}, process {os.getpid()}",
        "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    }  # fmt: skip
    made = psycopg.connect(**parameters)
    try:
        for name, seconds in _SILENCE.items():
            made.execute(f"SET {name} = {seconds}")
        made.execute(f"SET lock_timeout = '{PATIENCE}s'")
        made.execute(f"SELECT pg_advisory_lock{'' if alone else '_shared'}(%s)", [KEY])
    except psycopg.errors.LockNotAvailable:
        found = made.execute(_HOLDER, [KEY]).fetchone()
        made.close()
        raise ImproperlyConfigured(_refusal(found[0] if found else "unknown", alone)) from None
    except psycopg.Error:
        made.close()
        raise
    return made


def _refusal(holder: str, alone: bool) -> str:
    if alone:
        why = (
            "With the stream log in memory exactly one process serves; several need one they share: "
            "set REDIS_URL for all of them, or stop the other one."
        )
    else:
        why = "It keeps its stream log in memory and must be alone: start it with the same REDIS_URL, or stop it."
    return f"another process ({holder}) already serves the database in DATABASE_URL. {why}"
