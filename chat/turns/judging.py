"""A frozen candidate becomes a message, or is held: one transaction, and the database has the last word."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..models import (
    Candidate,
    Case,
    CheckResult,
    Conversation,
    Exposure,
    HoldKind,
    Message,
    Role,
    Status,
    Turn,
    Verdict,
)
from ..models.prepared import Select, Write, insert
from . import cases
from .running import Frozen
from .states import move, passed_status

RECHECK_FIRST, RECHECK_MOST = 10.0, 3600.0  # seconds until an unchecked candidate is tried again, doubling


@dataclass(frozen=True, slots=True)
class Settled:
    """How a judged turn ended: its status, and of one that was held its case and the reference a person may quote."""

    turn: Turn
    status: Status
    reference: str = ""
    case: UUID | None = None


_candidate = Select(lambda slot: Candidate.objects.filter(turn=slot("turn"), role=slot("role")))
_delete_candidate = Write(lambda slot: (Candidate.objects.filter(pk=slot("pk")), None))


def conclude(
    frozen: Frozen, outcome: str, required: int, results: Iterable[Mapping[str, Any]],
    exposures: Iterable[Mapping[str, Any]] = (),
) -> Settled | None:  # fmt: skip
    """Record results and verdict and, in the same transaction, write the message or hold the turn.

    `outcome` is pass, flagged or unchecked; `results` and `exposures` are fields of their rows. None if
    another attempt has taken the turn over, and then nothing is written.
    """
    turn, results, exposures = frozen.turn, list(results), list(exposures)
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
            write_message(turn.pk)
            return Settled(turn, new)
        Exposure.objects.bulk_create(Exposure(turn=turn, **row) for row in exposures)
        case = cases.open_case(turn, fields["hold_kind"], results, exposures, frozen.body)
        return Settled(turn, new, case.reference, case.pk)


def question_to_judge(turn: Turn) -> Frozen | None:
    """What a person wrote, where no model may see it before it has been judged; None where it may."""
    for candidate in _candidate(turn=turn.pk, role=Role.USER):
        return Frozen(
            turn, turn.attempt, candidate.body, candidate.digest, turn.judged_rounds + 1, role=Role.USER
        )
    return None


def conclude_question(
    frozen: Frozen, outcome: str, required: int, results: Iterable[Mapping[str, Any]]
) -> Settled | None:
    """As `conclude`, for a question: it becomes a message and the turn goes on, or the turn is held."""
    turn, results = frozen.turn, list(results)
    with transaction.atomic(savepoint=False):
        if outcome == Verdict.Outcome.PASS:
            rows = Turn.objects.filter(pk=turn.pk, status=Status.STREAMING, attempt=frozen.attempt)
            if not rows.update(judged_rounds=frozen.round):
                return None
            _record(frozen, outcome, required, results)
            write_message(turn.pk, Role.USER)
            turn.judged_rounds = frozen.round
            return Settled(turn, Status.STREAMING)
        held = _hold_fields(outcome, frozen.round)
        fields = {"ended_at": timezone.now(), "lease_until": None, "judged_rounds": frozen.round, **held}
        if not move(turn.pk, Status.STREAMING, Status.HELD, attempt=frozen.attempt, **fields):
            return None
        _record(frozen, outcome, required, results)
        about = Case.About.QUESTION
        case = cases.open_case(turn, held["hold_kind"], results, (), frozen.body, about=about)
        return Settled(turn, Status.HELD, case.reference, case.pk)


def expose(turn: Turn, exposures: Iterable[Mapping[str, Any]]) -> None:
    """Record which text of a held turn had been sent to whom besides; fields of `Exposure` rows."""
    rows = list(exposures)
    with transaction.atomic():
        # The turn before its case, as everybody takes them: else the foreign key of what is written here would ask for it
        # at the end, with the case in hand.
        list(Turn.objects.select_for_update(no_key=True).filter(pk=turn.pk).values_list("pk"))
        Exposure.objects.bulk_create(Exposure(turn=turn, **row) for row in rows)
        cases.seen_by(turn.pk, rows)


def _kept() -> Q:
    return Q(conversation__deleted_at=None, conversation__owner__is_active=True)


def due_for_recheck(now: datetime | None = None) -> list[UUID]:
    """Held candidates that could not be checked and whose time has come. Nobody is asked about one of a conversation that was
    deleted, or of a closed account: it waits in case that is taken back.
    """
    rows = Turn.objects.filter(_kept(), status=Status.HELD, hold_kind=HoldKind.UNCHECKED)
    return list(
        rows.filter(recheck_at__lte=now or timezone.now())
        .order_by("recheck_at")
        .values_list("pk", flat=True)[:50]
    )


def claim_recheck(turn_id: UUID, now: datetime | None = None) -> Frozen | None:
    """Take one of them; taking it sets its next time, so that no two processes judge it."""
    rows = Turn.objects.filter(_kept(), pk=turn_id, status=Status.HELD, hold_kind=HoldKind.UNCHECKED)
    rows = rows.filter(recheck_at__lte=now or timezone.now())
    turn = rows.select_related("policy").first()
    if turn is None:
        return None
    number = turn.judged_rounds + 1
    taken = rows.filter(judged_rounds=turn.judged_rounds)
    if not taken.update(recheck_at=_next_recheck(number), judged_rounds=number):
        return None
    candidate = Candidate.objects.filter(turn=turn).first()
    if candidate is None:  # erased in this moment
        return None
    return Frozen(
        turn, turn.attempt, candidate.body, candidate.digest, number, held=True, role=Role(candidate.role)
    )


def reconclude(
    frozen: Frozen, outcome: str, required: int, results: Iterable[Mapping[str, Any]]
) -> Settled | None:
    """As `conclude`, for a held candidate that was tried again. None if a reviewer was faster, or it was deleted or erased."""
    turn, results = frozen.turn, list(results)
    with transaction.atomic():
        held = Turn.objects.select_for_update(no_key=True).filter(pk=turn.pk, status=Status.HELD).first()
        # Locked, so that whoever deletes it either came before, or finds that the turn runs and stops it.
        kept = Conversation.objects.select_for_update(no_key=True, of=("self",)).filter(
            pk=turn.conversation_id, deleted_at=None, owner__is_active=True
        )
        if (
            held is None
            or kept.first() is None
            or not Candidate.objects.filter(turn=turn.pk, digest=frozen.digest).exists()
        ):
            return None
        _record(frozen, outcome, required, results)
        case = Case.objects.get(turn=turn)
        if outcome == Verdict.Outcome.PASS:
            new = let_through(turn.pk, frozen.role)
            cases.passed(case)
            return Settled(turn, new, case=case.pk)
        if outcome == Verdict.Outcome.FLAGGED:
            Turn.objects.filter(pk=turn.pk).update(hold_kind=HoldKind.FLAGGED, recheck_at=None)
            cases.judged_again(case, results, HoldKind.FLAGGED)
        return Settled(turn, Status.HELD, case.reference, case.pk)


def let_through(turn_id: UUID, role: Role) -> Status:
    """The candidate of a held turn, which the caller has locked, becomes the message. What the turn is then: what it would be
    had it passed, or accepted where it was a question, which is to be answered.
    """
    new = Status.ACCEPTED if role == Role.USER else shown_status(turn_id)
    fields: dict[str, Any] = {"hold_kind": "", "recheck_at": None}
    if new == Status.ACCEPTED:
        fields |= {"ended_at": None, "lease_owner": ""}
    if not move(turn_id, Status.HELD, new, **fields):
        raise AssertionError("it is locked, and was held")
    write_message(turn_id, role)
    return new


def shown_status(turn_id: UUID) -> Status:
    """What a turn is whose answer is shown, by how that had finished."""
    return passed_status(Turn.objects.values_list("finish", flat=True).get(pk=turn_id))


def _record(frozen: Frozen, outcome: str, required: int, results: Iterable[Mapping[str, Any]]) -> None:
    common = {"turn": frozen.turn, "digest": frozen.digest, "round": frozen.round}
    for row in results:
        insert(CheckResult(**common, **row))
    insert(Verdict(**common, outcome=outcome, required=required, policy_id=frozen.turn.policy_id))


def write_message(turn_id: UUID, role: Role = Role.ASSISTANT) -> None:
    """The candidate becomes the message; the database refuses one that has not earned it."""
    candidate = _candidate(turn=turn_id, role=role)[0]
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
