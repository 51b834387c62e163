"""The audit as people read it: the newest first, by who, what, whom it was about and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from ..models import AuditEntry
from . import rows
from .chain import Entry

PAGE = 50  # entries

# Every action there is, each found by a look into the index: a DISTINCT would read all entries.
_ACTIONS = """WITH RECURSIVE found(action) AS (
    SELECT MIN(action) FROM chat_auditentry
    UNION ALL
    SELECT (SELECT MIN(a.action) FROM chat_auditentry a WHERE a.action > found.action) FROM found WHERE found.action IS NOT NULL
) SELECT action FROM found WHERE action IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries. `what` is an action, or with a dot at its end all that begin so; `until` is exclusive."""

    who: int | None = None
    what: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def words(self) -> dict[str, str]:
        """What is selected, as it is told and recorded; empty for everything."""
        found = {
            "who": self.who,
            "what": self.what,
            "subject": self.subject,
            "since": self.since,
            "until": self.until,
        }
        return {name: str(value) for name, value in found.items() if value not in (None, "")}

    def rows(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.filter(self._condition())

    def _condition(self) -> Q:
        found = Q()
        if self.who is not None:
            found &= Q(actor=self.who)
        if self.what:
            found &= Q(action__startswith=self.what) if self.what.endswith(".") else Q(action=self.what)
        if self.subject:
            found &= Q(subject=self.subject)
        if self.since:
            found &= Q(at__gte=self.since)
        if self.until:
            found &= Q(at__lt=self.until)
        return found


def page(selection: Selection, before: int | None = None) -> tuple[list[AuditEntry], int | None]:
    """Up to PAGE entries from behind the one with the id `before`, each with its person, and what the next page is before."""
    wanted = selection.rows().select_related("actor").order_by("-id")
    if before is not None:
        wanted = wanted.filter(id__lt=before)
    found = list(wanted[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def actions() -> list[str]:
    """Every action on record, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS)
        return [row[0] for row in cursor.fetchall()]


def beside(selection: Selection, after: int | None) -> list[Entry]:
    """Entries outside the chain in the order of their ids, from the lowest or from behind `after` on; some at a time."""
    outside = selection.rows().filter(RawSQL(f"NOT ({rows.numbered()})", [], BooleanField()))  # noqa: S611  our words
    return _read((outside if after is None else outside.filter(id__gt=after)).order_by("id"))


def chained(selection: Selection, after: int, until: int) -> list[Entry]:
    """Entries of the chain behind the number `after`, up to `until`, in their order; some at a time."""
    return _read(selection.rows().filter(seq__gt=after, seq__lte=until).order_by("seq"))


def _read(wanted: QuerySet[Any]) -> list[Entry]:
    return rows.of(list(wanted.values_list("id", flat=True)[:500]))
