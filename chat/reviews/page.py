"""Everything a reviewer sees of one case. Besides `generation`, this package alone reads a candidate's text."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from .. import audit, permissions, turns
from ..models import Case, CaseEntry, CheckResult, Decision, Exposure, Turn, User, Verdict
from . import around
from .deciding import UNDO, is_final
from .entries import revealed_until
from .evidence import Channel, evidence, excerpt
from .history import Alike, Earlier, alike, earlier
from .stale import who_has_it


@dataclass(slots=True)
class Round:
    """One round of checks. `verdict` is its aggregate; a row of `results` is a checker, what it said and how long."""

    number: int
    verdict: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """What had been shown to whom. `characters` of the text and a refusal, `beside` of reasoning and calls of tools;
    None: all that had been released. `other`: of an earlier beginning of the answer, not of this text.
    """

    who: str
    route: str
    characters: int | None
    beside: int
    epoch: int
    at: Any
    other: bool


@dataclass
class CasePage:
    """`texts`: whether the viewer may read any of it. `has` says who is at it, "" where nobody else is."""

    case: Case
    texts: bool
    can_decide: bool
    mine: bool
    has: str
    why_not: str
    senior: bool
    undo_until: datetime | None
    revealed_until: datetime | None
    person: str
    question: str
    channels: list[Channel]
    erased: bool
    whole: bool
    before: list[around.Around]
    after: list[around.Around]
    reasons: list[dict[str, Any]]
    excerpt: str
    rounds: list[Round]
    exposures: list[Seen]
    record: list[Decision | CaseEntry]
    earlier: Earlier
    alike: list[Alike]

    @property
    def decisions(self) -> list[Decision]:
        return [row for row in self.record if isinstance(row, Decision)]

    @property
    def report(self) -> CaseEntry | None:
        """What its person reported it for."""
        found = [
            row for row in self.record if isinstance(row, CaseEntry) and row.kind == CaseEntry.Kind.REPORT
        ]
        return found[-1] if found else None


def look(viewer: User, case_id: UUID) -> CasePage:
    """A case's page, and the look itself on record. Raises PermissionDenied and Case.DoesNotExist."""
    permissions.check_can_open_desk(viewer)
    case = _loaded(case_id)
    permissions.check_can_see_case(viewer, case)
    turn, texts = case.turn, permissions.can_review(viewer)
    entries = list(case.entries.select_related("by").order_by("pk"))
    decisions = list(case.decisions.select_related("reviewer").order_by("pk"))
    revealed = revealed_until(viewer, case, entries) if texts else None
    results = list(CheckResult.objects.filter(turn=turn).order_by("round", "checker"))
    exposures = list(turn.exposures.select_related("person").order_by("at", "pk"))
    found = evidence(case, results, exposures, revealed is not None)
    # Where the case is about the question, that is the text itself.
    asks = texts and case.about == Case.About.ANSWER
    question = turns.question_of(turn) if asks else ""
    reasons = _reasons(found.findings)
    why_not = "" if permissions.can_decide(viewer, case) else _why_not(viewer, case)
    has, mine = _claimed(viewer, case)
    page = CasePage(
        case=case,
        texts=texts,
        can_decide=case.state == Case.State.OPEN and not why_not and not has,
        mine=mine,
        has=has,
        why_not=why_not,
        senior=permissions.is_senior(viewer),
        undo_until=_undo_until(viewer, case, decisions),
        revealed_until=revealed,
        person=case.owner.name if case.owner else "",
        question=question,
        channels=found.channels if texts else [],
        erased=found.erased,
        whole=found.whole,
        before=around.before(turn) if texts else [],
        after=around.after(turn) if texts else [],
        reasons=reasons,
        excerpt=excerpt(found.findings[0] if found.findings else None, found.channels) if revealed else "",
        rounds=_rounds(turn, results),
        exposures=_exposures(turn, exposures),
        record=sorted([*entries, *decisions], key=_moment),
        earlier=earlier(case),
        alike=alike(viewer, case, list(dict.fromkeys(row["rule"] for row in reasons))),
    )
    audit.record(viewer, "case.view", case.pk, reference=case.reference, revealed=revealed is not None)
    return page


def brief(viewer: User, case_id: UUID) -> Case:
    """The case's row alone, for who may see it; nothing of it is on record. Raises as `look`."""
    permissions.check_can_open_desk(viewer)
    case = Case.objects.select_related("claimed_by").get(pk=case_id)
    permissions.check_can_see_case(viewer, case)
    return case


def _loaded(case_id: UUID) -> Case:
    rows = Case.objects.select_related(
        "turn__conversation", "turn__policy", "turn__assistant_version__assistant", "owner", "claimed_by"
    )
    case = rows.get(pk=case_id)
    if case.owner_id is None:
        turns.fill_in_case(case_id)
        case = rows.get(pk=case_id)
    return case


def _claimed(viewer: User, case: Case) -> tuple[str, bool]:
    """Who else is at it, in words, and whether the viewer is."""
    if case.state != Case.State.OPEN or not case.claimed_until or case.claimed_until <= timezone.now():
        return "", False
    mine = case.claimed_by_id == viewer.pk
    return "" if mine else who_has_it(case), mine


def _why_not(viewer: User, case: Case) -> str:
    if not permissions.can_review(viewer):
        return "You read the record. Reviewers decide."
    return (
        "A senior reviewer decides about this case."
        if case.escalated_at
        else "You do not decide about this case."
    )


def _undo_until(viewer: User, case: Case, decisions: list[Decision]) -> datetime | None:
    last = decisions[-1] if decisions else None
    if case.state in Case.UNDECIDED or last is None or last.action == Decision.Action.UNDO:
        return None
    if is_final(case, last):
        return None
    end = last.created_at + UNDO
    may = permissions.can_review(viewer) and (last.reviewer_id == viewer.pk or permissions.is_senior(viewer))
    return end if may and end > timezone.now() else None


def _reasons(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per rule and checker, in the order found. `share` and `limit` are per cent, for drawing a score."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for found in findings:
        names = ("rule", "reason", "checker", "score", "threshold", "severity")
        row = {key: found.get(key) for key in names} | {"places": 0}
        row = rows.setdefault((found["checker"], found["rule"]), row)
        row["places"] += 1
    for row in rows.values():
        row["share"] = None if row["score"] is None else round(min(1.0, row["score"]) * 100, 1)
        row["limit"] = None if row["threshold"] is None else round(min(1.0, row["threshold"]) * 100, 1)
    return list(rows.values())


def _rounds(turn: Turn, results: list[CheckResult]) -> list[Round]:
    rounds: dict[int, Round] = {}
    for verdict in Verdict.objects.filter(turn=turn).order_by("round"):
        rounds.setdefault(verdict.round, Round(verdict.round)).verdict = verdict.outcome
    for result in results:
        rounds.setdefault(result.round, Round(result.round)).results.append(
            {
                "checker": result.checker,
                "outcome": result.outcome,
                "findings": len(result.findings),
                "milliseconds": round(result.milliseconds),
                "detail": result.detail,
            }
        )
    return [rounds[number] for number in sorted(rounds)]


def _exposures(turn: Turn, rows: list[Exposure]) -> list[Seen]:
    return [
        Seen(
            row.person.name if row.person else "Readers unknown", row.route, row.characters, row.beside,
            row.epoch, row.at, row.epoch != turn.epoch,
        )
        for row in rows
    ]  # fmt: skip


def _moment(row: Decision | CaseEntry) -> datetime:
    return row.created_at if isinstance(row, Decision) else row.at
