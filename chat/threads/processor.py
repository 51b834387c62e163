"""Which of the machine's processors Python runs on.

Python runs one thread at a time, wherever that is. Left to the kernel, the event loop and the thread it waits for wake
each other across processors, and each finds in its own caches nothing of what the other has just touched: a turn takes
a third more CPU. So both stay on one. Only what works without Python for long is let off it (`Threads`).
"""

import asyncio
import logging
import os
import random
import threading
import time
from pathlib import Path

log = logging.getLogger("chat.threads")

LOOK = 5.0  # seconds between looks at how long the event loop waited for its processor
CROWDED = 0.4  # of that time, from which on another processor is tried


class Processor:
    """One of those this process may use, once `settle` was called; all of them before, where there is but one, and on
    systems that do not let a process choose.
    """

    def __init__(self) -> None:
        self._all: set[int] = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        self._loop = 0  # the thread that settled
        self.number: int | None = None

    def settle(self) -> None:
        """Keep the calling thread on one processor, another one than before; threads it makes later begin there."""
        others = sorted(self._all - {self.number})
        if len(self._all) < 2:
            return
        self._loop = self._loop or threading.get_native_id()
        # At random: a second Sluice on this machine should not choose the same one.
        chosen = random.choice(others)  # noqa: S311
        self.number = chosen if self.keep_on(chosen, self._loop) else None

    @staticmethod
    def keep_on(number: int, thread: int = 0) -> bool:
        """Whether the thread (0: the calling one) is on that processor alone from now on."""
        return _allow(thread, {number})

    def let_off(self, thread: int = 0) -> None:
        """Let the thread run on any processor, beside the event loop's."""
        if self.number is not None:
            _allow(thread, self._all)

    async def stay_or_move(self) -> None:
        """Settle elsewhere whenever others crowd this processor: the kernel moves those it may, but not what is bound as
        this process is. Called in the event loop's thread; ends at once where nothing was settled.
        """
        while self.number is not None:
            waited, since = self._waited(), time.monotonic()
            await asyncio.sleep(LOOK)
            share = (self._waited() - waited) / (time.monotonic() - since)
            if share > CROWDED:
                log.debug("waited %.0f %% of the time for processor %s; moving", 100 * share, self.number)
                self.settle()

    def _waited(self) -> float:
        """Seconds that the event loop's thread was ready to run and did not; 0 where the kernel does not count them."""
        try:
            return int(Path(f"/proc/self/task/{self._loop}/schedstat").read_text().split()[1]) / 1e9
        except OSError:
            return 0.0


def _allow(thread: int, processors: set[int]) -> bool:
    try:
        os.sched_setaffinity(thread, processors)
    except OSError:  # it has ended, or the container does not allow that
        return False
    return True
