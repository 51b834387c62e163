"""The lock that keeps processes from serving the same data that would not see each other's stream logs."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# The lock lives as long as the open file, and so as long as the process: kill -9 frees it too.
_held: dict[Path, TextIOWrapper] = {}


def hold(directory: Path, *, alone: bool) -> None:
    """Take the lock of this data folder until the process ends; does nothing where this process has it.

    `alone`: with the stream log in memory nobody else may have it; processes with a log on Redis have it together.
    Raises ImproperlyConfigured, with a sentence for the operator, when it cannot be had.
    """
    path = directory.resolve() / "serving.lock"
    if path in _held:
        return
    file = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise ImproperlyConfigured(_refusal(directory, holder, alone)) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    _held[path] = file


def _refusal(directory: Path, holder: str, alone: bool) -> str:
    if alone:
        why = (
            "With the stream log in memory exactly one process serves; several need one they share: "
            "set REDIS_URL for all of them, or stop the other one."
        )
    else:
        why = "It keeps its stream log in memory and must be alone: start it with the same REDIS_URL, or stop it."
    return f"another process (number {holder}) already serves DATA_DIR {str(directory)!r}. {why}"
