"""A process that was told to end does end."""

import faulthandler
import logging
import os
import threading

log = logging.getLogger("chat")


def within(seconds: float) -> None:
    """End this process in so many seconds, whatever it still waits for.

    A thread that asks a database which does not answer cannot be interrupted, and Python waits for its threads. What
    the process held is taken over when the leases run out.
    """
    timer = threading.Timer(seconds, _end, [seconds])
    timer.daemon = True
    timer.start()


def _end(seconds: float) -> None:
    log.error(
        "this process was to end and still waits after %g s; it ends now. What its threads do:", seconds
    )
    faulthandler.dump_traceback()
    os._exit(1)
