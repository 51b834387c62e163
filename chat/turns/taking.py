"""What a turn needs next, taken by exactly one process."""

from collections.abc import Callable
from uuid import UUID

from ..models import Status, Turn
from .judging import claim_recheck, due_for_recheck
from .running import Claim, Frozen, claim, claim_judging, claim_leftover, never, stalled
from .states import RUNNING


def waiting() -> list[UUID]:
    """Turns that somebody should take: nobody holds them, or they are due to be checked again."""
    return stalled() + due_for_recheck()


def ended_among(turn_ids: list[UUID]) -> list[UUID]:
    """Those of them that have ended."""
    rows = Turn.objects.filter(pk__in=turn_ids).exclude(status__in=RUNNING)
    return list(rows.values_list("pk", flat=True))


def take(
    turn_id: UUID, owner: str, lease: float, *, continues: Callable[[Turn], bool] = never
) -> Claim | Frozen | Turn | None:
    """A claim to answer it, a candidate to judge, a turn to be wound up, or None: nothing is to be done. `continues` as
    for `claim`.
    """
    if claimed := claim(turn_id, owner, lease, continues=continues):
        return claimed  # nearly every time; what follows is for turns whose process has died
    status = Turn.objects.filter(pk=turn_id).values_list("status", flat=True).first()
    if status == Status.MODERATING:
        return claim_judging(turn_id, lease)
    if status == Status.HELD:
        return claim_recheck(turn_id)
    return claim_leftover(turn_id, lease)
