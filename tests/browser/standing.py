"""A server that all tests of a file share, with settings of the file's own."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests import databases
from tests.servers import Server


@contextlib.contextmanager
def standing(
    prepared: tuple[Path, str, dict[str, str]],
    folder: Path,
    *,
    under: str = "uvicorn",
    wait: bool = True,
    **env: str,
) -> Iterator[Server]:
    """Over a copy of the prepared data in `folder`; ended, with its clients, at the end. Not started without `wait`."""
    template, database, sessions = prepared
    data = folder / "data"
    shutil.copytree(template, data)
    with databases.fresh(copy_of=database) as copy:
        server = Server(data, copy, sessions, env, under)
        try:
            yield server.start() if wait else server
        finally:
            server.end()
