"""Everything past its time is removed, kind by kind, and it is said and recorded how much that was."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from .. import audit
from ..models import Conversation
from . import files
from .kinds import KINDS

BEGUN, PURGED = "retention.begun", "retention.purged"
PATIENCE = 20  # seconds that a command waits for who reads an older state of the database


class Purge:
    """A purge in small steps, so that nobody waits for it. `counts` are of what was removed so far, by the kinds' names."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or timezone.now()
        self.counts: dict[str, int] = {kind.name: 0 for kind in KINDS}
        self._steps = self._remove()

    def due(self) -> dict[str, int]:
        """How much of each kind would be removed now; changes nothing."""
        return {kind.name: kind.count(self.now) for kind in KINDS}

    def step(self) -> bool:
        """Remove a little; False when nothing is left that is past its time."""
        return next(self._steps, False)

    def finish(self, by: str, rewrite: bool | None = None) -> files.Cleaned:
        """Clean the files, where words of people are gone or it is asked for, and put all on record; what was done to the files.
        `by`: `command` or `daily`.
        """
        # Who waits for a command can wait; the day's runs where answers are saved, and the sweep tries again.
        patience = PATIENCE if by == "command" else 0
        nothing = files.Cleaned([], whole=True)
        cleaned = files.clean(rewrite, patience) if rewrite or self._words_are_gone() else nothing
        audit.record(None, PURGED, by=by, **{"removed": {name: n for name, n in self.counts.items() if n}})
        return cleaned

    def _remove(self) -> Iterator[bool]:
        for kind in KINDS:
            for count in kind.steps(self.now):
                self.counts[kind.name] += count
                yield True

    def _words_are_gone(self) -> bool:
        """By this purge, or since the last one by whoever asked for it."""
        if any(self.counts[kind.name] for kind in KINDS if kind.content):
            return True
        last = audit.last(PURGED)
        since = {"erased_at__gte": last.at} if last else {"erased_at__isnull": False}
        return Conversation.objects.filter(**since).exists()
