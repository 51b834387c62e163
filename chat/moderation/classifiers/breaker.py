"""Leaves a server alone that does not answer. It holds: while it is open, nothing is asked and nothing passes."""

import logging
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from ... import metrics

log = logging.getLogger("chat.moderation")

MOST = 5  # checks in a row without an answer
FIRST, LONGEST = 5.0, 120.0  # seconds it stays open, doubling while nothing answers

# Until when each open one keeps checks away, for as long as there is somebody who asks through it: one of a classifier that
# was changed since is none.
_open: WeakKeyDictionary["Breaker", float] = WeakKeyDictionary()
metrics.checkers_open.set_function(lambda: sum(time.monotonic() < until for until in list(_open.values())))


class Breaker:
    """One classifier's, in one process: closed, open for a while, then half open for one check that tries.

    What counts is whether the server answers at all. A reply that is no verdict does not count: one person's text might
    provoke it, and have everybody's answers held.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._unanswered = 0
        self._until: float | None = None  # of the clock; None while it is closed
        self._pause = FIRST
        self._trying = False

    @property
    def open(self) -> bool:
        return self._until is not None

    def admits(self) -> bool:
        """Whether the server may be asked now. Who asks says afterwards how it went, or that it gave up."""
        if self._until is None:
            return True
        if self._trying or self._clock() < self._until:
            return False
        self._trying = True
        return True

    def answered(self) -> None:
        self._trying, self._unanswered, self._pause = False, 0, FIRST
        if self._until is not None:
            self._until = None
            _open.pop(self, None)
            log.warning("checker %s: answers again", self._name)

    def unanswered(self) -> None:
        self._unanswered += 1
        if self._until is None and self._unanswered < MOST:
            return
        if self._until is not None and not self._trying:
            return  # asked before it opened
        if self._until is not None:
            self._pause = min(self._pause * 2, LONGEST)
        self._until, self._trying = self._clock() + self._pause, False
        _open[self] = self._until
        log.warning(
            "checker %s: %d checks in a row had no answer; the next is tried in %.0f s, and until then nothing passes",
            self._name, self._unanswered, self._pause,
        )  # fmt: skip

    def gave_up(self) -> None:
        """The check was cancelled, and nothing is known."""
        self._trying = False
