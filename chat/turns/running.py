"""A turn is being answered: who holds it, until when, and what happens when that process stops or dies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ..models import Candidate, Finish, Role, Status, Turn, User, bodies
from ..models.prepared import insert
from .claims import claim_fresh, claim_stalled, turn_row
from .states import RUNNING, move, running_words

RECOVERIES = 1  # times a turn whose process died is begun again
# The same where its text goes on. Each death but two in a row must have brought the text forward
# (generation/recovery.py): a turn that kills its process comes to an end too.
CONTINUATIONS = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to answer a turn until the lease ends. `restarted`: an earlier attempt may have been read.

    `kept`: the epoch is that attempt's, whose text may go on; else it is a new one. `deaths`: how many processes have
    died on it, the last one among them; 0 where it was handed over.
    """

    turn: Turn
    attempt: int
    epoch: int
    restarted: bool
    kept: bool = False
    deaths: int = 0


@dataclass(frozen=True, slots=True)
class Frozen:
    """A candidate as it will be judged, whoever judges it."""

    turn: Turn
    attempt: int
    body: str
    digest: str
    round: int
    held: bool = False  # it was held unchecked and is tried again
    role: Role = Role.ASSISTANT  # whose words it is


def never(turn: Turn) -> bool:
    return False


def claim(
    turn_id: UUID, owner: str, lease: float, *, continues: Callable[[Turn], bool] = never
) -> Claim | None:
    """Take an accepted turn, or a streaming one whose lease (seconds) has run out; None if there is nothing to take.

    `continues` says of a turn that may be taken whether its text, where there is some, can be gone on with: its epoch
    then stays.
    """
    turn = turn_row.first(pk=turn_id)
    if turn is None or turn.status not in {Status.ACCEPTED, Status.STREAMING}:
        return None
    now, fresh = timezone.now(), turn.status == Status.ACCEPTED
    able = continues(turn)
    # Nobody's: it was just asked, or let through after a hold, and of that its log may say that it has ended.
    unbegun = fresh and not turn.lease_owner
    kept = able and turn.epoch > 0 and not unbegun
    attempt, epoch = turn.attempt + 1, turn.epoch + (not kept)
    won = (claim_fresh if fresh else claim_stalled)(
        pk=turn_id, of=turn.attempt, now=now, most=CONTINUATIONS if able else RECOVERIES,
        attempt=attempt, epoch=epoch, owner=owner, until=now + timedelta(seconds=lease),
    )  # fmt: skip
    if not won:
        return None
    turn.attempt, turn.epoch = attempt, epoch
    deaths = 0 if fresh else turn.recoveries + 1
    return Claim(
        turn, attempt, epoch, restarted=not unbegun and (kept or epoch > 1), kept=kept, deaths=deaths
    )


def renew(turn_id: UUID, attempt: int, lease: float) -> str:
    """`held` with the lease moved on, `stop` when a stop is asked for, `lost` when the turn is another's now."""
    rows = Turn.objects.filter(pk=turn_id, attempt=attempt, status__in=[Status.STREAMING, Status.MODERATING])
    until = timezone.now() + timedelta(seconds=lease)
    if rows.filter(Q(stop_requested_at=None) | Q(status=Status.MODERATING)).update(lease_until=until):
        return "held"
    return "stop" if rows.update(lease_until=until) else "lost"


def renew_all(held: Mapping[UUID, int], lease: float) -> dict[UUID, str]:
    """`renew` for many turns, by their attempts. The answers of those that are not simply `held`."""
    answers: dict[UUID, str] = {}
    for attempt in set(held.values()):
        ids = [turn_id for turn_id, its in held.items() if its == attempt]
        rows = Turn.objects.filter(pk__in=ids, attempt=attempt)
        rows = rows.filter(Q(status=Status.STREAMING, stop_requested_at=None) | Q(status=Status.MODERATING))
        if rows.update(lease_until=timezone.now() + timedelta(seconds=lease)) < len(ids):
            renewed = set(rows.values_list("pk", flat=True))
            each = {turn_id: renew(turn_id, attempt, lease) for turn_id in ids if turn_id not in renewed}
            answers |= {turn_id: answer for turn_id, answer in each.items() if answer != "held"}
    return answers


def new_epoch(turn_id: UUID, attempt: int) -> int | None:
    """The next epoch, for a text whose log was lost or that starts over; None if the turn is not ours any more."""
    rows = Turn.objects.filter(pk=turn_id, attempt=attempt, status=Status.STREAMING)
    if not rows.update(epoch=F("epoch") + 1):
        return None
    return rows.values_list("epoch", flat=True).first()


def freeze(
    turn_id: UUID, attempt: int, finish: Finish, body: str, *, sentence: str = "",
    provider_text: str = "", usage: Any = None, lease: float = 10, **fields: Any,
) -> Frozen | None:  # fmt: skip
    """Everything received becomes the candidate and the turn `moderating`; None if the turn is not ours any more.

    `fields` are more of the turn's, such as the endpoint that answered.
    """
    until = timezone.now() + timedelta(seconds=lease)
    with transaction.atomic():
        if not move(
            turn_id, Status.STREAMING, Status.MODERATING, attempt=attempt, finish=finish, sentence=sentence,
            provider_text=provider_text, usage=usage, lease_until=until, **fields,
        ):  # fmt: skip
            return None
        salt = bodies.new_salt()
        digest = bodies.digest(salt, body)
        insert(
            Candidate(
                turn_id=turn_id, attempt=attempt, role=Role.ASSISTANT, body=body, salt=salt, digest=digest,
                finish=finish,
            )
        )  # fmt: skip
        turn = turn_row(pk=turn_id)[0]
    return Frozen(turn, attempt, body, digest, turn.judged_rounds + 1)


def interrupt(turn_id: UUID, attempt: int, finish: Finish, sentence: str, provider_text: str = "") -> bool:
    """End a streaming turn that has no text at all: stopped, or failed with a sentence."""
    new = Status.STOPPED if finish == Finish.STOPPED else Status.FAILED
    return move(
        turn_id, Status.STREAMING, new, attempt=attempt, finish=finish, sentence=sentence,
        provider_text=provider_text, ended_at=timezone.now(), lease_until=None,
    )  # fmt: skip


def hand_back(turn_id: UUID, attempt: int) -> None:
    """A process that shuts down gives the turn to the next one; a judging one leaves its frozen candidate."""
    if not move(turn_id, Status.STREAMING, Status.ACCEPTED, attempt=attempt, lease_until=None):
        Turn.objects.filter(pk=turn_id, attempt=attempt, status=Status.MODERATING).update(
            lease_until=timezone.now()
        )


def request_stop(person: User, turn_id: UUID) -> Turn | None:
    """Ask for a stop; the turn as it then is, or None when it is not this person's. No effect once it is judged."""
    rows = Turn.objects.filter(pk=turn_id, conversation__owner=person, conversation__deleted_at=None)
    if not rows.exists():
        return None
    _stop(rows.values_list("pk", flat=True))
    return rows.get()


def stop_all(person_id: int, conversation_id: UUID | None = None) -> list[UUID]:
    """Ask every running turn of a person (or of one conversation of theirs) to stop; their ids."""
    rows = Turn.objects.filter(conversation__owner_id=person_id, status__in=RUNNING)
    if conversation_id is not None:
        rows = rows.filter(conversation_id=conversation_id)
    ids = list(rows.values_list("pk", flat=True))
    _stop(ids)
    return ids


def stalled(now: Any = None) -> list[UUID]:
    """Turns nobody holds, oldest first. Accepted ones count: their runner may have died before it began."""
    now = now or timezone.now()
    rows = Turn.objects.filter(status__in=running_words()).filter(
        Q(lease_until__lt=now) | Q(lease_until=None, created_at__lt=now - timedelta(seconds=1))
    )
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:200])


def line() -> list[UUID]:
    """Turns that no worker has had time for yet, oldest first."""
    rows = Turn.objects.filter(status__in=running_words()).filter(
        status=Status.ACCEPTED, created_at__lt=timezone.now() - timedelta(seconds=1)
    )
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:1000])


def claim_leftover(turn_id: UUID, lease: float) -> Turn | None:
    """Take a turn nobody holds and that is not begun again, to end it with what there is.

    One that was handed back with a stop on its way is accepted, and still nobody may begin it.
    """
    now = timezone.now()
    stopped = Q(stop_requested_at__isnull=False)
    dead = Q(status=Status.STREAMING, lease_until__lt=now) & (Q(recoveries__gte=RECOVERIES) | stopped)
    rows = Turn.objects.filter(dead | (Q(status=Status.ACCEPTED) & stopped), pk=turn_id)
    until = now + timedelta(seconds=lease)
    if not rows.update(status=Status.STREAMING, attempt=F("attempt") + 1, lease_until=until):
        return None
    return Turn.objects.get(pk=turn_id)


def claim_judging(turn_id: UUID, lease: float) -> Frozen | None:
    """Take over a frozen candidate whose judge died; the new attempt shuts the old judge out."""
    now = timezone.now()
    rows = Turn.objects.filter(pk=turn_id, status=Status.MODERATING, lease_until__lt=now)
    if not rows.update(attempt=F("attempt") + 1, lease_until=now + timedelta(seconds=lease)):
        return None
    turn = Turn.objects.select_related("policy").get(pk=turn_id)
    candidate = Candidate.objects.get(turn_id=turn_id, role=Role.ASSISTANT)
    return Frozen(turn, turn.attempt, candidate.body, candidate.digest, turn.judged_rounds + 1)


def void_leases() -> int:
    """Only under the lock of a single process: whoever held a lease before this one started is dead."""
    return Turn.objects.filter(status__in=RUNNING, lease_until__gt=timezone.now()).update(
        lease_until=timezone.now()
    )


def _stop(ids: Any) -> None:
    now = timezone.now()
    rows = Turn.objects.filter(pk__in=list(ids))
    # One that was handed back has been read: whoever takes it up ends it with the text it has.
    rows.filter(status=Status.ACCEPTED, attempt__gt=0, stop_requested_at=None).update(stop_requested_at=now)
    rows.filter(status=Status.ACCEPTED, attempt=0).update(
        status=Status.STOPPED, finish=Finish.STOPPED, stop_requested_at=now, ended_at=now
    )
    rows.filter(status=Status.STREAMING, stop_requested_at=None).update(stop_requested_at=now)
