"""For emergencies: for a while, turns that begin are judged by pattern rules alone, and everybody is told."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import audit, permissions
from ..endpoints import Refused
from ..models import Bypass, PolicyVersion, Status, Turn
from ..models.prepared import Select
from .guarding import lock_all

MINUTES = {15: "15 minutes", 30: "30 minutes", 60: "1 hour", 120: "2 hours", 240: "4 hours"}

_running = Select(
    lambda slot: (
        Bypass.objects.filter(ended_at=None, until__gt=slot("now")).order_by("pk").select_related("by")
    )
)


def running() -> Bypass | None:
    """The one that is on now."""
    return _running.first(now=timezone.now())


def begin(actor: Any, reason: str, minutes: int) -> Bypass:
    """Raises Refused with a sentence, or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    if minutes not in MINUTES:
        raise Refused("Choose how long: 15 minutes to 4 hours.", "minutes")
    if not (reason := " ".join(reason.split())):
        raise Refused("Write the reason in at least a word. Everybody reads it in the banner.", "reason")
    with transaction.atomic():
        lock_all()  # who else begins one now, waits here
        if running():
            raise Refused("There is one already. End it first, or wait until it is over.")
        now = timezone.now()
        row = Bypass.objects.create(
            reason=reason[:300], by=actor, started_at=now, until=now + timedelta(minutes=minutes)
        )
        audit.record(actor, "bypass.begun", row.pk, minutes=minutes)
    return row


def end(actor: Any, row: Bypass) -> None:
    """By hand, before its time. Raises Refused where it is over, or PermissionDenied."""
    permissions.check_can_manage_policies(actor)
    now = timezone.now()
    with transaction.atomic():
        open_one = Bypass.objects.filter(pk=row.pk, ended_at=None, until__gt=now)
        if not open_one.update(ended_at=now, ended_by=actor):
            raise Refused("It was over already.")
        audit.record(actor, "bypass.ended", row.pk)


def saved_under(row: Bypass) -> int:
    """How many answers were saved that rules alone had judged."""
    versions = PolicyVersion.objects.filter(policy=None, definition__bypass=row.pk).values("pk")
    kept = [Status.SAVED, Status.STOPPED, Status.FAILED]
    return (
        Turn.objects.filter(policy__in=versions, status__in=kept, verdicts__outcome="pass").distinct().count()
    )
