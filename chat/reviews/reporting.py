"""What a person has to do with reviews: reporting an answer of theirs, and seeing what was reviewed of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .. import audit, live, turns
from ..models import Case, CaseEntry, Category, CheckResult, HoldKind, Message, Role, Turn, User
from .places import case_at
from .stale import Stale

PAGE = 50  # cases


@dataclass(frozen=True, slots=True)
class Own:
    """A case of the viewer's, as far as they are told: never a text, nor what matched. `conversation` is None where it was
    deleted.
    """

    reference: str
    about: str
    kind: str
    state: str
    category: str
    opened_at: datetime
    closed_at: datetime | None
    conversation: str | None
    turn: str


def report(person: User, turn: Turn, category: str, words: str) -> Case:
    """Report an answer of the person's own, which `turn` (with its conversation) is: its case is opened, or opened again
    where a reviewer had released it. Raises Stale with a sentence where that cannot be.
    """
    with transaction.atomic():
        row = (
            Turn.objects.select_for_update(of=("self",), no_key=True)
            .select_related("conversation")
            .get(pk=turn.pk)
        )
        message = Message.objects.filter(turn=row, role=Role.ASSISTANT, erased_at=None).first()
        if row.status not in turns.SHOWN or message is None:
            raise Stale("There is no answer to report here any more.")
        case = Case.objects.filter(turn=row).first()
        if case is None:
            case = turns.open_case(
                row, Case.Kind.REPORTED, _results(row, message.digest), (), message.body, category=category
            )
        elif case.state == Case.State.OPEN or case.entries.filter(kind=CaseEntry.Kind.REPORT).exists():
            raise Stale("You have reported this answer already.")
        turns.report_case(case, category, turns.length_of(message.body))
        CaseEntry.objects.create(
            case=case, by=person, kind=CaseEntry.Kind.REPORT, detail=category, words=words
        )
        live.tell(person.pk, row.conversation_id, "turns")
        live.tell_desk(case.pk)
        audit.record(person, "case.report", case.pk, reference=case.reference, category=category)
    return case


def theirs(person: User, after: str = "") -> tuple[list[Own], Case | None]:
    """What was held or reported of a person's, the newest first, and the last case of the page where there are more."""
    rows = (
        Case.objects.filter(owner=person).select_related("turn__conversation").order_by("-opened_at", "-pk")
    )
    if last := case_at(after):
        behind = Q(opened_at__lt=last.opened_at) | Q(opened_at=last.opened_at, pk__lt=last.pk)
        rows = rows.filter(behind, opened_at__lte=last.opened_at)
    found = list(rows[: PAGE + 1])
    return [_own(case) for case in found[:PAGE]], found[PAGE - 1] if len(found) > PAGE else None


def _own(case: Case) -> Own:
    chat = case.turn.conversation
    told = case.state == Case.State.UPHELD or case.kind == Case.Kind.REPORTED
    kind = HoldKind.UNCHECKED.value if case.state == Case.State.PASSED else case.kind
    return Own(
        case.reference, case.about, kind, case.state, Category(case.category).label if told and case.category else "",
        case.opened_at, case.closed_at, None if chat.deleted_at or chat.erased_at else str(chat.pk), str(case.turn_id),
    )  # fmt: skip


def _results(turn: Turn, digest: str) -> list[dict[str, object]]:
    rows = CheckResult.objects.filter(turn=turn, digest=digest).values("checker", "outcome", "findings")
    return [dict(row) for row in rows]


def reported_lately(person: User, most: int = 20, hours: int = 1) -> bool:
    """Whether somebody reports more than a team can look at."""
    since = timezone.now() - timedelta(hours=hours)
    return (
        CaseEntry.objects.filter(by=person, kind=CaseEntry.Kind.REPORT, at__gt=since)[:most].count() >= most
    )
