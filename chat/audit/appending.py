"""Entries are appended one after the other, whoever writes them: each names the MAC of the one before.

Whoever appends holds the chain until their transaction ends. So `record` comes last in it: what takes a lock
after it may wait for somebody who waits for the chain.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from ..models import AuditEntry
from ..models.prepared import Select
from . import chain, keys, rows
from .chain import Entry

BEGUN, ADOPTED = "audit.begun", "audit.adopted"
# For as long after it has begun, processes of the version before may write beside the chain (models/guards/rules.py).
BESIDE = timedelta(days=1)

# Any number does that nobody else in this database locks: "audit" as bytes.
_LOCK = 0x6175646974
# Foreign keys lock what they refer to when the transaction ends, and who holds that by then may be waiting for the chain. So
# those of what the transaction has written are looked at before; and so is the person's row, as the entry's own key will.
_KEYS_FIRST = "SET CONSTRAINTS ALL IMMEDIATE"
_TAKE = (
    "WITH person AS MATERIALIZED (SELECT 1 FROM chat_user WHERE id = %s FOR KEY SHARE) "
    "SELECT pg_advisory_xact_lock(%s) FROM (SELECT COUNT(*) FROM person) AS held"
)

_last = Select(
    lambda slot: AuditEntry.objects.filter(seq__gt=0).order_by("-seq").values_list("seq", "mac")[:1]
)


def record(actor: Any, action: str, subject: object = "", **data: Any) -> AuditEntry:
    """Write one entry, in the caller's transaction, so that an act and its record stand or fall together.

    `actor` is a User, or None for the program itself; `action` is at most 40 characters, such as `case.view`;
    `subject` names a row (at most 80 characters); `data` is anything JSON can hold, never a person's words.
    The last thing that a transaction does.
    """
    person = actor.pk if getattr(actor, "is_authenticated", False) else None
    with transaction.atomic(savepoint=False):
        return _append(_hold(person) or _first(), person, action, subject, data)


def claim(action: str, after: int | None) -> bool:
    """Record that the program does something that one process alone is to do. False where another has since `after`, the
    number of the last such entry.
    """
    with transaction.atomic(savepoint=False):
        last = _hold(None) or _first()
        if AuditEntry.objects.filter(action=action, seq__gt=after or 0).exists():
            return False
        _append(last, None, action, "", {})
    return True


def begin() -> None:
    """Begin the chain with what was on record before there was one, if anything was and it has not begun.

    Called after each migration; does nothing where that has not led to a chain.
    """
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        if "chat_auditentry" not in tables:
            return
        columns = connection.introspection.get_table_description(cursor, "chat_auditentry")
    if "seq" not in {column.name for column in columns}:
        return
    with transaction.atomic():
        if _hold(None) is None and rows.unchained_exist():
            _first()


def adopt() -> int:
    """Take entries into the chain that processes of the version before have written beside it; how many.

    Only while they may: what else stands beside the chain is for `verify_audit` to name.
    """
    begun = AuditEntry.objects.filter(seq=1, action=BEGUN).first()
    if begun is None or begun.at < timezone.now() - BESIDE - timedelta(hours=1):
        return 0
    with transaction.atomic():
        last = _hold(None)
        assert last is not None
        taken = set()
        for ids in AuditEntry.objects.filter(action=ADOPTED, seq__gt=0).values_list("data__ids", flat=True):
            taken.update(ids)
        beside = [entry for entry in rows.all_unchained(begun.data["last"]) if entry.id not in taken]
        if beside:
            data = {"ids": [entry.id for entry in beside], **_summary(beside)}
            _append(last, None, ADOPTED, "", data)
    return len(beside)


def _hold(person: int | None) -> tuple[int, str] | None:
    """Take the chain until the transaction ends: the last entry's number and MAC, None where there is no entry."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_KEYS_FIRST)
            cursor.execute(_TAKE, [person, _LOCK])
    # On SQLite a transaction of ours is the only one that writes, from its beginning on.
    found = _last.first()
    return (found[0] or 0, found[1]) if found else None


def _first() -> tuple[int, str]:
    """What the first entry follows: the chain's name, or the entry that says what was on record before."""
    name = secrets.token_hex(32)
    if not rows.unchained_exist():
        return 0, name
    if connection.vendor == "postgresql":
        # Whoever is writing beside the chain at this moment finishes first.
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE chat_auditentry IN SHARE ROW EXCLUSIVE MODE")
    before = _summary(rows.all_unchained())
    made = _append((0, name), None, BEGUN, "", before)
    return 1, made.mac


def _summary(entries: Any) -> dict[str, Any]:
    """How many, the highest id, and the SHA-256 of them all."""
    sha, count, last = chain.sha256(), 0, 0
    for entry in entries:
        sha.update(chain.unchained(entry))
        count, last = count + 1, entry.id
    return {"entries": count, "last": last, "sha256": sha.hexdigest()}


def _append(
    last: tuple[int, str], person: int | None, action: str, subject: object, data: dict[str, Any]
) -> AuditEntry:
    number, previous = last
    entry = Entry(
        id=0, at=timezone.now(), actor=person, action=action, subject=chain.plain(str(subject))[:80],
        data=chain.plain(data), seq=number + 1, previous=previous,
    )  # fmt: skip
    entry = chain.signed(entry, keys.ring(), keys.signing())
    return AuditEntry.objects.create(
        at=entry.at, actor_id=person, action=action, subject=entry.subject, data=entry.data, seq=entry.seq,
        previous=previous, mac=entry.mac, key=entry.key,
    )  # fmt: skip
