"""The keys that sign the audit, by their ids. They lie outside the database (docs/settings.md, AUDIT_KEY)."""

from collections.abc import Mapping

from django.conf import settings

from ..models import AuditEntry


def ring() -> Mapping[str, str]:
    """Every key that is known here."""
    found: Mapping[str, str] = settings.AUDIT_KEYS
    return found


def signing() -> str:
    """The id of the newest, which signs."""
    return list(ring())[-1]


def unknown() -> str:
    """The id of the key that the last entry is signed with, if it is not known here; else ""."""
    last = AuditEntry.objects.filter(seq__gt=0).order_by("-seq").values_list("key", flat=True).first()
    return last if last and last not in ring() else ""
