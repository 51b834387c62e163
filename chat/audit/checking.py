"""Verifies the whole chain of this database, or of an export, and keeps on record how that ended."""

from collections.abc import Iterable, Iterator

from django.utils import timezone

from ..models import AuditEntry
from . import keys, rows
from .appending import record
from .chain import Entry
from .heads import Head
from .lines import Reader
from .report import Report
from .verifying import Verifier

VERIFIED = "audit.verified"


class Check:
    """A verification of this database in small steps, so that nobody waits for it, and then its `report`.

    Entries that are written meanwhile are left to the next one.
    """

    def __init__(self, heads: Iterable[Head] = ()) -> None:
        self._verifier = Verifier(keys.ring(), heads)
        self.report = self._verifier.report
        self._steps = self._look()

    def step(self) -> bool:
        """Read and check some entries; False when all are."""
        return next(self._steps, False)

    def run(self) -> Report:
        while self.step():
            pass
        return self.report

    def _look(self) -> Iterator[bool]:
        for found in rows.all_chained(rows.last_number()):
            self._verifier.feed(found)
            yield True
        after = None
        while beside := rows.unchained(after):
            self._verifier.beside(beside)
            after = beside[-1].id
            yield True
        self._verifier.finish(timezone.now())


def check_file(lines: Iterable[str], heads: Iterable[Head] = ()) -> Report:
    """The same of an export. Raises Unreadable."""
    reader = Reader(lines)
    verifier = Verifier(keys.ring(), heads, selection=bool(reader.about.get("selection")))
    beside: list[Entry] = []

    def chained() -> Iterator[Entry]:
        for entry in reader.entries():
            if entry.seq:
                yield entry
            else:
                beside.append(entry)

    verifier.feed(chained())
    verifier.beside(sorted(beside, key=lambda entry: entry.id))
    report = verifier.finish(timezone.now())
    for complaint in reader.complaints:
        report.say(complaint)
    return report


def keep_result(report: Report, by: str) -> None:
    """Put on record how a verification of this database has ended. `by`: `command` or `daily`."""
    record(None, VERIFIED, by=by, entries=report.entries, last=report.last, findings=len(report.findings))


def last(action: str, **data: str) -> AuditEntry | None:
    """The newest entry of this action, with this in its data."""
    wanted = {f"data__{name}": value for name, value in data.items()}
    return AuditEntry.objects.filter(action=action, seq__gt=0, **wanted).order_by("-id").first()


def last_result() -> AuditEntry | None:
    return last(VERIFIED)
