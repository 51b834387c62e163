"""What every process does for the audit once a minute (chat/sweep.py)."""

import logging
from pathlib import Path

from .. import metrics
from . import heads
from .appending import adopt
from .checking import last_result

log = logging.getLogger("chat.audit")

# Said once, and counted until somebody has looked and started anew: the next head fits again.
_broken = False


def watch(directory: Path) -> None:
    """Take in what was written beside the chain, keep its head in the folder, and count what is known to be wrong."""
    global _broken
    adopt()
    try:
        _broken = bool(heads.keep(directory)) or _broken
    except OSError as error:
        log.error("audit: the head cannot be kept in %s: %s", directory, error.strerror)
    result = last_result()
    metrics.audit_findings.set(_broken + (result.data["findings"] if result else 0))
