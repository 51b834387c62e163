"""What a reviewer is shown of a turn: its case, and where that stands in the queue. Nothing else writes those columns."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from ..models import AssistantVersion, Candidate, Case, CaseReason, CheckResult, Exposure, Turn, bodies
from ..moderation import categories
from .references import new_reference

_RANKS = 12  # three severities of four steps each
_BEHIND = 1 << 43  # milliseconds: further than any moment, so that a rank outweighs age
_RULE, _REASON = 80, 300  # characters of a reason's columns

Rows = Iterable[Mapping[str, Any]]


def open_case(
    turn: Turn, kind: str, results: Rows, exposures: Rows = (), body: str = "", **fields: Any
) -> Case:
    """Open the case of a turn that has just been held, in the transaction that holds it; or open it again, where that was
    about the turn's question. `results` and `exposures` are fields of their rows, `body` the text that was judged, `fields`
    more of the case's.
    """
    found, seen = list(results), list(exposures)
    case = Case.objects.filter(turn=turn).first() or Case(turn=turn, reference=new_reference())
    if again := not case._state.adding:
        _open_again(case)
        case.about = Case.About.ANSWER
    case.turn, case.kind = turn, kind
    for name, value in fields.items():
        setattr(case, name, value)
    _describe(case, found, seen, body)
    case.save(force_insert=not again)
    _write_reasons(case, found)
    return case


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


def move_case(case: Case) -> None:
    """Store where it stands now, after others of its columns were changed."""
    place = sort_in(case)
    Case.objects.filter(pk=case.pk).update(**place)
    CaseReason.objects.filter(case=case.pk).update(**place)
    case.lane, case.place = place["lane"], place["place"]


def shown_step(shown: int, length: int) -> int:
    """How far a text had been shown: 0 not at all, 1 less than half, 2 half or more, 3 all of it or nobody knows."""
    if not shown:
        return 0
    return 3 if shown >= length else 2 if shown * 2 >= length else 1


def report_case(case: Case, category: str, length: int) -> None:
    """Its person has reported the answer, which is shown to them: it waits, though it may have been decided about."""
    case.kind, case.state, case.category = Case.Kind.REPORTED, Case.State.OPEN, category
    case.severity = max(case.severity, Case.Severity.HOLD)
    case.length = case.shown = length
    case.readers = max(case.readers, 1)
    if case.closed_at is not None:
        _open_again(case)
    case.about = Case.About.ANSWER
    case.save()
    move_case(case)


def passed(case: Case) -> None:
    """It has passed a later check, and waits for nobody."""
    case.state, case.closed_at, case.claimed_until = Case.State.PASSED, timezone.now(), None
    case.version += 1
    Case.objects.filter(pk=case.pk).update(
        state=case.state, closed_at=case.closed_at, claimed_until=None, version=case.version
    )
    move_case(case)


def judged_again(case: Case, results: Rows, kind: str) -> None:
    """A checker that could not be asked before has objected now."""
    found = list(results)
    case.kind, case.severity, case.category = kind, _severity(found), _category(found)
    Case.objects.filter(pk=case.pk).update(
        kind=case.kind, severity=case.severity, category=case.category, version=case.version + 1
    )
    _write_reasons(case, found)
    move_case(case)


def seen_by(turn_id: Any, exposures: Rows) -> None:
    """More readers are known of than when it was opened."""
    case = Case.objects.filter(turn=turn_id).first()
    if case is None:
        return
    shown, readers = _shown(list(exposures))
    case.shown, case.readers = max(case.shown, shown), max(case.readers, readers)
    Case.objects.filter(pk=case.pk).update(shown=case.shown, readers=case.readers)
    move_case(case)


def fill_in(most: int = 200) -> int:
    """Describe cases that a process of the version before has opened; how many there were."""
    rows = Case.objects.filter(owner=None).select_related("turn__conversation")
    found = list(rows.order_by("pk")[:most])
    for case in found:
        last = CheckResult.objects.filter(turn=case.turn_id).order_by("-round").values_list("round").first()
        results = list(
            CheckResult.objects.filter(turn=case.turn_id, round=last[0] if last else 0).values(
                "checker", "outcome", "findings"
            )
        )
        exposures = list(
            Exposure.objects.filter(turn=case.turn_id).values("person_id", "characters", "beside", "epoch")
        )
        kept = Candidate.objects.filter(turn=case.turn_id).values_list("body", flat=True).first()
        _describe(case, results, exposures, kept or "")
        case.save()
        _write_reasons(case, results)
    return len(found)


def _open_again(case: Case) -> None:
    case.state, case.opened_at, case.version = Case.State.OPEN, timezone.now(), case.version + 1
    case.closed_at = case.waited = case.escalated_at = case.claimed_until = case.claimed_by = None


def _describe(
    case: Case, results: Sequence[Mapping[str, Any]], exposures: Sequence[Mapping[str, Any]], body: str
) -> None:
    turn = case.turn
    case.owner_id = turn.conversation.owner_id
    if turn.assistant_version_id is not None:
        rows = AssistantVersion.objects.filter(pk=turn.assistant_version_id)
        case.assistant_id = rows.values_list("assistant", flat=True).first()
    case.severity, case.category = _severity(results), _category(results)
    case.length = length_of(body)
    case.shown, case.readers = _shown(exposures)
    place = sort_in(case)
    case.lane, case.place = place["lane"], place["place"]


def length_of(body: str) -> int:
    """Characters of the text and a refusal, as exposures count them."""
    said = bodies.channels(body)
    return len(said["text"]) + len(said["refusal"])


def _shown(exposures: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
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


def _severity(results: Sequence[Mapping[str, Any]]) -> int:
    """A finding of the time before there were severities blocks, as it did then."""
    if not any(result["outcome"] == "flag" for result in results):
        return Case.Severity.NONE
    said = {finding.get("severity", "block") for _, finding in _findings(results)}
    return Case.Severity.BLOCK if "block" in said or not said else Case.Severity.HOLD


def _category(results: Sequence[Mapping[str, Any]]) -> str:
    found = (categories.category_of(finding["rule"]) for _, finding in _findings(results))
    return next(iter(found), "")


def _write_reasons(case: Case, results: Sequence[Mapping[str, Any]]) -> None:
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
    # Those that are there already stay: two rounds may say the same.
    CaseReason.objects.bulk_create(rows.values(), ignore_conflicts=True)
    CaseReason.objects.filter(case=case).update(lane=case.lane, place=case.place)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
