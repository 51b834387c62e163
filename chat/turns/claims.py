"""The statements by which a turn is taken: each is one compare-and-set."""

from typing import Any

from django.db.models import F

from ..models import Status, Turn
from ..models.prepared import Select, Write

turn_row = Select(lambda slot: Turn.objects.select_related("conversation", "policy").filter(pk=slot("pk")))


def _taking(rows: Any, slot: Any, **more: Any) -> tuple[Any, dict[str, Any]]:
    new = {"attempt": slot("attempt"), "epoch": slot("epoch"), "lease_owner": slot("owner")}
    rows = rows.filter(pk=slot("pk"), attempt=slot("of"), stop_requested_at=None)
    return rows, {"status": Status.STREAMING, "lease_until": slot("until"), **new, **more}


claim_fresh = Write(lambda slot: _taking(Turn.objects.filter(status=Status.ACCEPTED), slot))
claim_stalled = Write(
    lambda slot: _taking(
        Turn.objects.filter(
            status=Status.STREAMING, lease_until__lt=slot("now"), recoveries__lt=slot("most")
        ),
        slot,
        recoveries=F("recoveries") + 1,
    )
)
