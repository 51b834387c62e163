"""Which assistant comes first: the one a new chat begins with."""

from typing import Any

from django.db import transaction
from django.db.models import F

from .. import audit, permissions
from ..models import Assistant, Endpoint


def leave_demo(actor: Any, row: Assistant) -> bool:
    """Put the first assistant that asks a real model, and is for everybody, before the demo; whether that was done."""
    first = Assistant.objects.filter(archived_at=None).order_by("position", "pk").first()
    if first is None or not _demo(first) or _demo(row) or row.groups.exists():
        return False
    put_first(actor, row)
    return True


def put_first(actor: Any, row: Assistant) -> None:
    """New chats begin with it, for all who may use it. Raises PermissionDenied."""
    permissions.check_can_manage_assistants(actor)
    with transaction.atomic():
        Assistant.objects.exclude(pk=row.pk).update(position=F("position") + 1)
        Assistant.objects.filter(pk=row.pk).update(position=0)
        audit.record(actor, "assistant.first", row.pk, name=row.name)


def _demo(row: Assistant) -> bool:
    return row.current is not None and row.current.endpoint.protocol == Endpoint.Protocol.DEMO
