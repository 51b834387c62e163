"""Whether classifiers prove themselves: on record for all processes, and looked at again now and then.

A classifier that fails its proof is closed in every process until it passes one; a server that was down fails nothing.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from .llm import Endpoint
from .models import CheckerState
from .moderation import Proof

log = logging.getLogger("chat.moderation")

PERIOD = timedelta(minutes=30)  # between two proofs of a classifier that is in use
LASTS = timedelta(hours=6)  # for which one is good where nobody could look again
FIRST, LONGEST = 10.0, 1800.0  # seconds between two tries of one that fails, doubling
SILENT = 300.0  # the longest of those while its server does not answer
IN_USE = timedelta(days=1)  # since it last judged something
KEPT = timedelta(days=30)  # for which one that judges nothing is remembered
_NOTED = timedelta(hours=1)  # between two notes that it is used


class Wanted(NamedTuple):
    """A classifier that is to judge: the item of the definition, what it judges, and the hash of it and its endpoint."""

    key: str
    item: Mapping[str, Any]
    direction: str


def key(item: Mapping[str, Any], direction: str, endpoint: Endpoint) -> str:
    """Another address or model is another classifier, which has to prove itself anew; another key is not."""
    words = [item, direction, endpoint.protocol, endpoint.url, endpoint.model]
    return hashlib.sha256(json.dumps(words, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def states(wanted: Iterable[Wanted]) -> dict[str, CheckerState]:
    """How it stands with each, by its key; what was not known is from now on, and that they are used is noted."""
    asked, now = {each.key: each for each in wanted}, timezone.now()
    found = CheckerState.objects.in_bulk(list(asked))
    if missing := [each for each in asked.values() if each.key not in found]:
        made = [
            CheckerState(key=each.key, item=each.item, direction=each.direction, used_at=now)
            for each in missing
        ]
        CheckerState.objects.bulk_create(made, ignore_conflicts=True)
        found |= CheckerState.objects.in_bulk([each.key for each in missing])
    if old := [name for name, row in found.items() if row.used_at < now - _NOTED]:
        CheckerState.objects.filter(pk__in=old).update(used_at=now)
    return found


def stands(row: CheckerState, now: datetime | None = None) -> bool:
    """Whether it has proved itself, not too long ago."""
    good = row.failing_since is None and row.proven_at is not None
    return good and row.proven_at >= (now or timezone.now()) - LASTS  # type: ignore[operator]


def record(key: str, name: str, proof: Proof) -> None:
    """Put a proof on record. One that had no answer leaves it as it stood. `name` is for the log."""
    now, rows = timezone.now(), CheckerState.objects.filter(pk=key)
    if not proof.complaints:
        again = rows.exclude(failing_since=None).update(failing_since=None, failure="")
        rows.update(proven_at=now, tried_at=now)
        if again:
            log.warning("checker %s: proves itself again, and judges", name)
    elif not proof.answered:
        rows.update(tried_at=now)
        log.info("checker %s: could not be proved: %s", name, proof.complaints[0])
    else:
        failure = " ".join(proof.complaints)[:500]
        if rows.filter(failing_since=None).update(failing_since=now):
            log.warning(
                "checker %s: does not prove itself, and nothing passes it until it does: %s", name, failure
            )
        rows.update(failure=failure, tried_at=now)


def due(now: datetime | None = None) -> list[CheckerState]:
    """Classifiers in use whose time to be proved has come."""
    now = now or timezone.now()
    rows = CheckerState.objects.filter(used_at__gte=now - IN_USE).order_by("tried_at")
    return [row for row in rows if now >= next_try(row)]


def take(row: CheckerState, now: datetime | None = None) -> bool:
    """Take it for a proof; one process alone gets it."""
    rows = CheckerState.objects.filter(Q(tried_at=row.tried_at), pk=row.pk)
    return rows.update(tried_at=now or timezone.now()) == 1


def next_try(row: CheckerState) -> datetime:
    """At once where it was never tried; after as long as it has been failing, or silent; else when the proof is old."""
    if row.tried_at is None:
        return row.created_at
    if row.failing_since is not None:
        since, longest = row.failing_since, LONGEST
    elif row.proven_at is not None and row.proven_at >= row.tried_at:
        return row.tried_at + PERIOD
    else:
        since, longest = row.proven_at or row.created_at, SILENT
    waited = (row.tried_at - since).total_seconds()
    return row.tried_at + timedelta(seconds=min(max(waited, FIRST), longest))


def failing(now: datetime | None = None) -> int:
    """How many that are in use do not prove themselves."""
    since = (now or timezone.now()) - IN_USE
    return CheckerState.objects.filter(failing_since__isnull=False, used_at__gte=since).count()


def forget(now: datetime | None = None) -> None:
    """Those that have not judged for long."""
    old = CheckerState.objects.filter(used_at__lt=(now or timezone.now()) - KEPT)
    if old.exists():  # a DELETE takes SQLite's one place for writing also where there is nothing to delete
        old.delete()
