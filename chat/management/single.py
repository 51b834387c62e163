"""The lock that keeps a second process from serving the same data (DESIGN: one process without a shared log)."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# The lock lives as long as the open file, and so as long as the process: kill -9 frees it too.
_held: dict[Path, TextIOWrapper] = {}


def hold(directory: Path) -> None:
    """Take the lock of this data folder until the process ends; does nothing where this process has it.

    Raises ImproperlyConfigured, with a sentence for the operator, when another process holds it.
    """
    path = directory.resolve() / "serving.lock"
    if path in _held:
        return
    file = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise ImproperlyConfigured(
            f"another process (number {holder}) already serves DATA_DIR {str(directory)!r}. With the stream log "
            "in memory exactly one process serves; several would need one they share (REDIS_URL), which this "
            "version does not have. Stop the other one, or use another DATA_DIR."
        ) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    _held[path] = file
