"""Assistants and endpoints that are put away, and taken out again. Nothing is deleted: turns refer to them."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .. import audit, permissions
from ..endpoints import Refused
from ..models import Assistant, Endpoint, Policy


def archive_assistant(actor: Any, row: Assistant) -> None:
    """Nobody is offered it any more. Raises PermissionDenied, or Refused where it is the last one."""
    permissions.check_can_manage_assistants(actor)
    with transaction.atomic():
        others = Assistant.objects.select_for_update(no_key=True).filter(archived_at=None).exclude(pk=row.pk)
        if not others:
            raise Refused(
                "This is the last assistant; without one nobody could chat. Make another one first."
            )
        _put_away(actor, row, "assistant.archived")


def unarchive_assistant(actor: Any, row: Assistant) -> None:
    """It is offered again. Raises PermissionDenied, or Refused where an endpoint of it is put away."""
    permissions.check_can_manage_assistants(actor)
    with transaction.atomic():
        version = row.current
        for endpoint in (version.endpoint, version.fallback) if version else ():
            if endpoint is not None and endpoint.archived_at:
                raise Refused(
                    f"Its endpoint {endpoint.name} is archived. Take that out of the archive first."
                )
        _take_out(actor, row, "assistant.unarchived")


def archive_endpoint(actor: Any, row: Endpoint) -> None:
    """It can be chosen no more. Raises PermissionDenied, or Refused while an assistant or a classifier of a policy uses it."""
    permissions.check_can_manage_assistants(actor)
    if row.from_environment:
        raise Refused(
            "This endpoint is what the server's environment says (CHAT_PROVIDER_…); it goes by itself."
        )
    with transaction.atomic():
        users = Assistant.objects.filter(archived_at=None).order_by("name")
        users = users.filter(Q(current__endpoint=row) | Q(current__fallback=row))
        if names := ", ".join([*users.values_list("name", flat=True), *_judged_by(row)]):
            raise Refused(f"{row.name} is in use: {names}. Choose another endpoint there first.")
        _put_away(actor, row, "endpoint.archived")


def unarchive_endpoint(actor: Any, row: Endpoint) -> None:
    """It can be chosen again. Raises PermissionDenied."""
    permissions.check_can_manage_assistants(actor)
    with transaction.atomic():
        _take_out(actor, row, "endpoint.unarchived")


def _judged_by(row: Endpoint) -> list[str]:
    """The policies that are on and have a classifier at this endpoint."""
    policies = Policy.objects.filter(archived_at=None, active__isnull=False).select_related("active")
    return [
        f"policy {policy.name}"
        for policy in policies.order_by("name")
        if policy.active is not None
        for checkers in (policy.active.definition.get(key, ()) for key in ("checkers", "input"))
        if any(item.get("endpoint") == row.pk for item in checkers)
    ]


def _put_away(actor: Any, row: Assistant | Endpoint, action: str) -> None:
    row.archived_at = timezone.now()
    row.save(update_fields=["archived_at"])
    audit.record(actor, action, row.pk, name=row.name)


def _take_out(actor: Any, row: Assistant | Endpoint, action: str) -> None:
    row.archived_at = None
    row.save(update_fields=["archived_at"])
    audit.record(actor, action, row.pk, name=row.name)
