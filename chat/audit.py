"""The record of what people with rights did. Rows are append-only and hold no conversation text."""

from typing import Any

from .models import AuditEntry


def record(actor: Any, action: str, subject: object = "", **data: Any) -> AuditEntry:
    """Write one entry, in the caller's transaction, so that an act and its record stand or fall together.

    `actor` is a User, or None for the program itself; `action` is at most 40 characters, such as `case.view`;
    `subject` names a row (at most 80 characters); `data` is anything JSON can hold, never a person's words.
    """
    person = actor if getattr(actor, "is_authenticated", False) else None
    return AuditEntry.objects.create(actor=person, action=action, subject=str(subject)[:80], data=data)
