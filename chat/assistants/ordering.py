"""Which assistant comes first: the one a new chat begins with."""

from typing import Any

from django.db import transaction
from django.db.models import F

from .. import audit, permissions
from ..models import Assistant


def put_first(actor: Any, row: Assistant) -> None:
    """New chats begin with it, for all who may use it. Raises PermissionDenied."""
    permissions.check_can_manage_assistants(actor)
    with transaction.atomic():
        Assistant.objects.exclude(pk=row.pk).update(position=F("position") + 1)
        Assistant.objects.filter(pk=row.pk).update(position=0)
        audit.record(actor, "assistant.first", row.pk, name=row.name)
