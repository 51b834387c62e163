"""What the queue and its reasons say of a case, from the rows that it is about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from ..models import AssistantVersion, Case, CaseReason, CheckResult, bodies
from ..moderation import categories

_RANKS = 12  # three severities of four steps each
_BEHIND = 1 << 43  # milliseconds: further than any moment, so that a rank outweighs age
_RULE, _REASON = 80, 300  # characters of a reason's columns

Rows = Iterable[Mapping[str, Any]]


def sort_in(case: Case) -> dict[str, Any]:
    """Where it stands in the queue, from its other columns: `lane` and `place`."""
    if case.state != Case.State.OPEN:
        return {"lane": Case.Lane.CLOSED, "place": -_milliseconds(case.closed_at or timezone.now())}
    lane = Case.Lane.WAITING
    if case.escalated_at:
        lane = Case.Lane.ESCALATED
    elif case.kind == Case.Kind.UNCHECKED:
        lane = Case.Lane.UNCHECKED
    rank = case.severity * 4 + shown_step(case.shown, case.length)
    return {"lane": lane, "place": (_RANKS - 1 - rank) * _BEHIND + _milliseconds(case.opened_at)}


def shown_step(shown: int, length: int) -> int:
    """How far a text had been shown: 0 not at all, 1 less than half, 2 half or more, 3 all of it or nobody knows."""
    if not shown:
        return 0
    return 3 if shown >= length else 2 if shown * 2 >= length else 1


def describe(
    case: Case, results: Sequence[Mapping[str, Any]], exposures: Sequence[Mapping[str, Any]], body: str
) -> None:
    """Whose it is, how grave and how far shown, and where it stands. Nothing is stored."""
    turn = case.turn
    case.owner_id = turn.conversation.owner_id
    if turn.assistant_version_id is not None:
        rows = AssistantVersion.objects.filter(pk=turn.assistant_version_id)
        case.assistant_id = rows.values_list("assistant", flat=True).first()
    case.severity, case.category = severity_of(results), category_of(results)
    case.length = length_of(body)
    case.shown, case.readers = shown_to(exposures)
    place = sort_in(case)
    case.lane, case.place = place["lane"], place["place"]


def length_of(body: str) -> int:
    """Characters of the text and a refusal, as exposures count them."""
    said = bodies.channels(body)
    return len(said["text"]) + len(said["refusal"])


def shown_to(exposures: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """The furthest that anybody was shown of it, and how many people were."""
    said = (row["characters"] for row in exposures)
    furthest = max((Case.UNKNOWN if each is None else each for each in said), default=0)
    return furthest, len({row.get("person_id") for row in exposures})


def _findings(results: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (result["checker"], finding)
        for result in results
        if result["outcome"] == "flag"
        for finding in result.get("findings") or ()
    ]


def severity_of(results: Sequence[Mapping[str, Any]]) -> int:
    """A finding of the time before there were severities blocks, as it did then."""
    if not any(result["outcome"] == "flag" for result in results):
        return Case.Severity.NONE
    said = {finding.get("severity", "block") for _, finding in _findings(results)}
    return Case.Severity.BLOCK if "block" in said or not said else Case.Severity.HOLD


def category_of(results: Sequence[Mapping[str, Any]]) -> str:
    found = (categories.category_of(finding["rule"]) for _, finding in _findings(results))
    return next(iter(found), "")


def last_results(turn_id: UUID) -> list[dict[str, Any]]:
    """Of the last round that judged a text of the turn."""
    rows = CheckResult.objects.filter(turn=turn_id)
    last = rows.order_by("-round").values_list("round", flat=True).first() or 0
    return [dict(row) for row in rows.filter(round=last).values("checker", "outcome", "findings")]


def write_reasons(case: Case, results: Sequence[Mapping[str, Any]]) -> None:
    """Add why these results object to it. Those that are there already stay: two rounds may say the same."""
    rows: dict[tuple[str, str], CaseReason] = {}
    for checker, finding in _findings(results):
        rule = finding["rule"][:_RULE]
        severity = Case.Severity.BLOCK if finding.get("severity", "block") == "block" else Case.Severity.HOLD
        row = rows.setdefault(
            (checker, rule),
            CaseReason(
                case=case, checker=checker, rule=rule, reason=finding["reason"][:_REASON], severity=severity,
                lane=case.lane, place=case.place,
            ),
        )  # fmt: skip
        row.severity = max(row.severity, severity)
    CaseReason.objects.bulk_create(rows.values(), ignore_conflicts=True)
    CaseReason.objects.filter(case=case).update(lane=case.lane, place=case.place)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
