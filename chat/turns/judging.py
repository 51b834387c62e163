"""A frozen candidate becomes a message, or is held: one transaction, and the database has the last word."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ..models import (
    Candidate,
    Case,
    CheckResult,
    Exposure,
    HoldKind,
    Message,
    Role,
    Status,
    Turn,
    Verdict,
)
from ..models.prepared import Select, Write, insert
from .running import Frozen
from .states import move, passed_status

RECHECK_FIRST, RECHECK_MOST = 10.0, 3600.0  # seconds until an unchecked candidate is tried again, doubling


@dataclass(frozen=True, slots=True)
class Settled:
    """How a judged turn ended: its status, and the reference a person may quote (empty unless held)."""

    turn: Turn
    status: Status
    reference: str = ""


_candidate = Select(lambda slot: Candidate.objects.filter(turn=slot("turn"), role=Role.ASSISTANT))
_delete_candidate = Write(lambda slot: (Candidate.objects.filter(pk=slot("pk")), None))


def conclude(
    frozen: Frozen, outcome: str, required: int, results: Iterable[Mapping[str, Any]],
    exposures: Iterable[Mapping[str, Any]] = (),
) -> Settled | None:  # fmt: skip
    """Record results and verdict and, in the same transaction, write the message or hold the turn.

    `outcome` is pass, flagged or unchecked; `results` and `exposures` are fields of their rows. None if
    another attempt has taken the turn over, and then nothing is written.
    """
    turn = frozen.turn
    with transaction.atomic(savepoint=False):
        passed = outcome == Verdict.Outcome.PASS
        new = passed_status(turn.finish) if passed else Status.HELD
        fields: dict[str, Any] = {
            "ended_at": timezone.now(),
            "lease_until": None,
            "judged_rounds": frozen.round,
        }
        if not passed:
            fields |= _hold_fields(outcome, frozen.round)
        if not move(turn.pk, Status.MODERATING, new, attempt=frozen.attempt, **fields):
            return None
        _record(frozen, outcome, required, results)
        if passed:
            _write_message(turn.pk)
            return Settled(turn, new)
        expose(turn, exposures)
        case = Case.objects.create(turn=turn, kind=fields["hold_kind"], reference=_reference())
        return Settled(turn, new, case.reference)


def expose(turn: Turn, exposures: Iterable[Mapping[str, Any]]) -> None:
    """Record which text of a held turn had been sent to whom; fields of `Exposure` rows."""
    Exposure.objects.bulk_create(Exposure(turn=turn, **row) for row in exposures)


def due_for_recheck(now: datetime | None = None) -> list[UUID]:
    """Held candidates that could not be checked and whose time has come."""
    rows = Turn.objects.filter(status=Status.HELD, hold_kind=HoldKind.UNCHECKED)
    return list(
        rows.filter(recheck_at__lte=now or timezone.now())
        .order_by("recheck_at")
        .values_list("pk", flat=True)[:50]
    )


def claim_recheck(turn_id: UUID, now: datetime | None = None) -> Frozen | None:
    """Take one of them; taking it sets its next time, so that no two processes judge it."""
    rows = Turn.objects.filter(pk=turn_id, status=Status.HELD, hold_kind=HoldKind.UNCHECKED)
    rows = rows.filter(recheck_at__lte=now or timezone.now())
    turn = rows.select_related("policy").first()
    if turn is None:
        return None
    number = turn.judged_rounds + 1
    taken = rows.filter(judged_rounds=turn.judged_rounds)
    if not taken.update(recheck_at=_next_recheck(number), judged_rounds=number):
        return None
    candidate = Candidate.objects.get(turn=turn, role=Role.ASSISTANT)
    return Frozen(turn, turn.attempt, candidate.body, candidate.digest, number, held=True)


def reconclude(
    frozen: Frozen, outcome: str, required: int, results: Iterable[Mapping[str, Any]]
) -> Settled | None:
    """As `conclude`, for a held candidate that was tried again. None if a reviewer was faster."""
    turn = frozen.turn
    with transaction.atomic():
        held = Turn.objects.select_for_update().filter(pk=turn.pk, status=Status.HELD).first()
        if held is None:
            return None
        _record(frozen, outcome, required, results)
        case = Case.objects.get(turn=turn)
        if outcome == Verdict.Outcome.PASS:
            move(turn.pk, Status.HELD, Status.SAVED, hold_kind="", recheck_at=None)
            Case.objects.filter(pk=case.pk).update(state=Case.State.PASSED, closed_at=timezone.now())
            _write_message(turn.pk)
            return Settled(turn, Status.SAVED)
        if outcome == Verdict.Outcome.FLAGGED:
            Turn.objects.filter(pk=turn.pk).update(hold_kind=HoldKind.FLAGGED, recheck_at=None)
            Case.objects.filter(pk=case.pk).update(kind=HoldKind.FLAGGED)
        return Settled(turn, Status.HELD, case.reference)


def release(turn_id: UUID) -> bool:
    """After a reviewer's release is recorded, in the same transaction: the candidate becomes the message."""
    if not move(turn_id, Status.HELD, Status.SAVED, recheck_at=None):
        return False
    _write_message(turn_id)
    return True


def uphold(turn_id: UUID) -> bool:
    """After a reviewer's uphold is recorded, in the same transaction: held for good."""
    return move(turn_id, Status.HELD, Status.UPHELD, recheck_at=None)


def _record(frozen: Frozen, outcome: str, required: int, results: Iterable[Mapping[str, Any]]) -> None:
    common = {"turn": frozen.turn, "digest": frozen.digest, "round": frozen.round}
    for row in results:
        insert(CheckResult(**common, **row))
    insert(Verdict(**common, outcome=outcome, required=required, policy_id=frozen.turn.policy_id))


def _write_message(turn_id: UUID) -> None:
    candidate = _candidate(turn=turn_id)[0]
    insert(
        Message(
            turn_id=turn_id, role=candidate.role, body=candidate.body, salt=candidate.salt,
            digest=candidate.digest, finish=candidate.finish,
        )
    )  # fmt: skip
    _delete_candidate(pk=candidate.pk)


def _hold_fields(outcome: str, number: int) -> dict[str, Any]:
    if outcome == Verdict.Outcome.FLAGGED:
        return {"hold_kind": HoldKind.FLAGGED}
    return {"hold_kind": HoldKind.UNCHECKED, "recheck_at": _next_recheck(number)}


def _next_recheck(number: int) -> datetime:
    return timezone.now() + timedelta(seconds=min(RECHECK_MOST, RECHECK_FIRST * 2 ** min(number - 1, 12)))


def _reference() -> str:
    # No vowels and nothing that reads like another letter: it is told on the telephone.
    return "".join(secrets.choice("23456789CDFGHJKMNPQRTVWXZ") for _ in range(8))
