"""Everything a reviewer sees of one case. Besides `generation`, this alone reads a candidate's text."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from .. import audit, partial_json, permissions, turns
from ..markdown import render
from ..models import Candidate, Case, CheckResult, Decision, Message, Role, Turn, User, Verdict, bodies
from ..moderation.channels import pieces
from .queue import person_name
from .segments import Segment, segments

AROUND = 2  # turns shown before and after
RULES = "rules"  # the checker whose findings are places even where they cover everything


@dataclass(slots=True)
class Channel:
    name: str
    segments: list[Segment]


@dataclass(slots=True)
class Around:
    """A turn near the case on its branch. `answer_html` is safe, and "" where nothing was saved."""

    question: str
    answer_html: str
    state: str


@dataclass(slots=True)
class Round:
    """One round of checks. `verdict` is its aggregate; a row of `results` is a checker, what it said and how long."""

    number: int
    verdict: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """What had been shown to whom. `characters` of the text and a refusal, `beside` of reasoning and calls of tools;
    None: all that had been released.
    """

    who: str
    route: str
    characters: int | None
    beside: int
    epoch: int
    at: Any


@dataclass
class CasePage:
    case: Case
    can_decide: bool
    person: str
    question: str
    channels: list[Channel]
    erased: bool
    before: list[Around]
    after: list[Around]
    reasons: list[dict[str, Any]]
    rounds: list[Round]
    exposures: list[Seen]
    decisions: list[Decision]


def look(reviewer: User, case_id: UUID) -> CasePage:
    """A case's page, and the look itself on record. Raises PermissionDenied and Case.DoesNotExist."""
    permissions.check_can_review(reviewer)
    case = Case.objects.select_related("turn__conversation__owner").get(pk=case_id)
    audit.record(reviewer, "case.view", case.pk, reference=case.reference)
    turn = case.turn
    stored = _stored(turn, Role.ASSISTANT)
    body = bodies.channels(stored.body) if stored else {}
    question = _stored(turn, Role.USER)
    results = list(CheckResult.objects.filter(turn=turn).order_by("round", "checker"))
    findings = [
        {**finding, "checker": result.checker}
        for result in results
        if result.outcome == "flag" and (stored is None or result.digest == stored.digest)
        for finding in result.findings
    ]
    return CasePage(
        case=case,
        can_decide=case.state == Case.State.OPEN,
        person=person_name(turn.conversation.owner),
        question=bodies.channels(question.body)["text"] if question else "",
        channels=_channels(body, findings),
        erased=stored is None,
        before=[_around(answer) for answer in turns.branch(turn.conversation, turn.pk, AROUND)[0]],
        after=[_around(turns.siblings(later)) for later in _later(turn)],
        reasons=_reasons(findings),
        rounds=_rounds(turn, results),
        exposures=_exposures(turn),
        decisions=list(case.decisions.select_related("reviewer").order_by("pk")),
    )


def _stored(turn: Turn, role: str) -> Candidate | Message | None:
    candidate = Candidate.objects.filter(turn=turn, role=role).first()
    return candidate or Message.objects.filter(turn=turn, role=role, erased_at=None).first()


def _channels(body: dict[str, Any], findings: list[dict[str, Any]]) -> list[Channel]:
    # The parts of a tool call are named as checkers name them.
    texts = [(piece.channel, piece.text) for piece in pieces(body)]
    return [
        Channel(name, segments(text, [span for found in findings if (span := _span(found, name, len(text)))]))
        for name, text in texts
    ]


def _span(finding: dict[str, Any], channel: str, length: int) -> tuple[int, int, str] | None:
    if finding["channel"] != channel:
        return None
    start, end = finding["start"], finding["end"]
    # A classifier judges the text as a whole: marking all of it would mark nothing.
    whole = finding["checker"] != RULES and start <= 0 and end >= length
    return None if whole else (start, end, finding["rule"])


def _reasons(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per rule and checker, in the order found."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for found in findings:
        row = {key: found.get(key) for key in ("rule", "reason", "checker", "score", "threshold")}
        rows.setdefault((found["checker"], found["rule"]), row)
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


def _exposures(turn: Turn) -> list[Seen]:
    rows = turn.exposures.select_related("person").order_by("at", "pk")
    return [
        Seen(
            person_name(row.person) if row.person else "Readers unknown",
            row.route,
            row.characters,
            row.beside,
            row.epoch,
            row.at,
        )
        for row in rows
    ]


def _later(turn: Turn) -> list[Turn]:
    """Up to AROUND turns below: along the branch its owner sees, or along the newest where that is another."""
    rows = Turn.objects.filter(conversation_id=turn.conversation_id).order_by("created_at", "pk")
    parents = dict(rows.values_list("pk", "parent_id"))
    chosen: dict[UUID | None, UUID] = {}
    place = turn.conversation.leaf_id
    while place is not None:
        chosen[parents[place]] = place
        place = parents[place]
    newest = {parent: key for key, parent in parents.items()}
    found: list[UUID] = []
    place = turn.pk
    while len(found) < AROUND and (place := chosen.get(place) or newest.get(place)):
        found.append(place)
    below = Turn.objects.select_related("conversation").in_bulk(found)
    return [below[key] for key in found]


def _around(answer: turns.Answer) -> Around:
    state = turns.page_state(answer.turn.status)
    text = (answer.body or {}).get("text", "")
    html = partial_json.render(text, answer.schema) if answer.turn.shaped and text else render(text)
    return Around(answer.question, html, state)
