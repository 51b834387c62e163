"""From the frozen candidate to the terminal event: judged, written or held, and only then announced."""

import asyncio
import contextlib
import logging
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from .. import conf, conversations, live, metrics, moderation, policies, turns
from ..events import KIND_OF, Kind
from ..models import Conversation, Finish, Role, Status, Turn, Verdict, bodies
from ..streamlog import LogError, Unreachable
from . import exposed, repair
from .lease import held

log = logging.getLogger("chat.generation")


async def freeze_and_judge(turn_id: UUID, attempt: int, finish: Finish, body: str, **fields: Any) -> None:
    try:
        await conf.log().append(turn_id, attempt, Kind.MODERATING, {})
    except LogError as error:  # its readers find the end in the turn's row, which also says whose turn it is
        log.warning("turn %s: could not tell that it is checked: %s", turn_id, error)
    frozen = await conf.in_database(turns.freeze, turn_id, attempt, finish, body, lease=conf.LEASE, **fields)
    if frozen is not None:
        await _judge(frozen)


async def end_without_text(turn_id: UUID, attempt: int, finish: Finish, *sentences: str) -> None:
    if await conf.in_database(_interrupt, turn_id, attempt, finish, *sentences):
        status = Status.STOPPED if finish == Finish.STOPPED else Status.FAILED
        await announce(turn_id, attempt, status, "")


def _interrupt(turn_id: UUID, attempt: int, finish: Finish, *sentences: str) -> bool:
    if not turns.interrupt(turn_id, attempt, finish, *sentences):
        return False
    conversation = Conversation.objects.get(turns=turn_id)
    live.tell(conversation.owner_id, conversation.pk, "turns")
    return True


async def judge_again(frozen: turns.Frozen) -> None:
    """A candidate whose judge died, or a held one that could not be checked."""
    if not frozen.held:
        with contextlib.suppress(Unreachable):
            await conf.log().open(frozen.turn.pk, frozen.attempt, frozen.turn.epoch)
        async with held(frozen.turn.pk, frozen.attempt):
            await _judge(frozen)
        return
    outcome, rows = await ask(frozen)
    problem = await repair.problem(frozen) if outcome == "pass" else None
    settled = await conf.in_database(_settle_recheck, frozen, outcome, rows, problem)
    if settled is not None:
        log.info("turn %s: checked again, round %d: %s", frozen.turn.pk, frozen.round, outcome)


async def _judge(frozen: turns.Frozen) -> None:
    outcome, rows = await ask(frozen)
    # Everything a door sends is counted before it is sent, so whoever has read something by now is known.
    exposures = await exposed.before(frozen) if outcome != "pass" else []
    problem = await repair.problem(frozen) if outcome == "pass" else None
    settled = await conf.in_database(_settle, frozen, outcome, rows, exposures, problem)
    if settled is not None:
        metrics.answer.observe((timezone.now() - frozen.turn.created_at).total_seconds())
        await announce(frozen.turn.pk, frozen.attempt, settled.status, settled.reference)
        if settled.status == Status.HELD:
            metrics.turns_held.labels(outcome).inc()
            await exposed.since(frozen.turn, exposures)
        policies.judge_in_shadow(frozen.turn, frozen.body, outcome, rows)


async def ask(frozen: turns.Frozen) -> tuple[str, list[dict[str, Any]]]:
    """Every required checker's judgement of exactly the frozen bytes: the aggregate, and rows to record."""
    channels = bodies.channels(frozen.body)
    if frozen.role == Role.USER:
        outcome, results = await judged_question(frozen.turn, channels["text"])
    else:
        outcome, results = await judged(frozen.turn, channels)
    return outcome, [_row(result) for result in results]


async def judged_question(turn: Turn, text: str) -> tuple[str, list[moderation.Result]]:
    """The same as `judged`, of what the person wrote."""
    checkers = await conf.checkers(turn.policy, "input")
    results = await results_of(turn, checkers, moderation.Subject({"text": text}, role="user"))
    return str(moderation.aggregate([checker.name for checker in checkers], results)), results


def required(frozen: turns.Frozen) -> int:
    """How many checkers have to pass it."""
    return len(frozen.turn.policy.definition["input" if frozen.role == Role.USER else "checkers"])


async def judged(turn: Turn, channels: dict[str, Any]) -> tuple[str, list[moderation.Result]]:
    """What every checker that the turn's policy requires says of these texts, and the aggregate of it."""
    checkers = await conf.checkers(turn.policy)
    question = await conf.in_database(turns.question_of, turn) if len(checkers) > 1 else ""
    results = await results_of(turn, checkers, moderation.Subject(channels, question))
    return str(moderation.aggregate([checker.name for checker in checkers], results)), results


async def results_of(
    turn: Turn, checkers: list[moderation.Checker], subject: moderation.Subject
) -> list[moderation.Result]:
    """What each of them says of it; counted, and what went wrong told the operator."""
    results = await asyncio.gather(*(checker.check(subject) for checker in checkers))
    for result in results:
        metrics.checks.labels(result.checker, result.outcome).inc()
        metrics.check_seconds.labels(result.checker).observe(result.milliseconds / 1000)
        if result.outcome == "error":
            log.warning("turn %s: checker %s: %s", turn.pk, result.checker, result.detail)
    return list(results)


def _row(result: moderation.Result) -> dict[str, Any]:
    findings = [
        {
            "rule": f.rule, "reason": f.reason, "channel": f.channel, "start": f.start, "end": f.end,
            "score": f.score, "threshold": f.threshold, "severity": f.severity,
        }
        for f in result.findings
    ]  # fmt: skip
    return {
        "checker": result.checker, "outcome": str(result.outcome), "findings": findings,
        "detail": bodies.clean(result.detail)[:500], "milliseconds": result.milliseconds,
    }  # fmt: skip


def _settle(
    frozen: turns.Frozen, outcome: str, rows: list[dict[str, Any]], exposures: list[dict[str, Any]],
    problem: str | None = None,
) -> turns.Settled | None:  # fmt: skip
    with transaction.atomic():
        settled = turns.conclude(frozen, outcome, required(frozen), rows, exposures)
        if settled is not None:
            if problem is not None and settled.status == Status.SAVED:
                repair.follow(frozen.turn, problem)
            if settled.status != Status.HELD:
                conversations.entitle(frozen.turn)
            _tell(frozen.turn, settled)
    return settled


def _settle_recheck(
    frozen: turns.Frozen, outcome: str, rows: list[dict[str, Any]], problem: str | None = None
) -> turns.Settled | None:
    with transaction.atomic():
        settled = turns.reconclude(frozen, outcome, required(frozen), rows)
        if settled is not None:
            if settled.status == Status.ACCEPTED:  # it was the question: now it is answered
                conf.runner().enqueue(frozen.turn.pk, transaction.on_commit)
            if problem is not None and settled.status == Status.SAVED:
                repair.follow(frozen.turn, problem)
            if settled.status in turns.SHOWN:
                conversations.entitle(frozen.turn)
            if outcome != Verdict.Outcome.UNCHECKED:  # else all is as it was, and nobody need look
                _tell(frozen.turn, settled)
    return settled


def _tell(turn: Turn, settled: turns.Settled | None = None) -> None:
    live.tell(turn.conversation.owner_id, turn.conversation_id, "turns")
    if settled is not None and settled.case is not None:
        live.tell_desk(settled.case)


async def announce(turn_id: UUID, attempt: int, status: Status, reference: str) -> None:
    """Only after the database has it: the terminal event, and on a hold nothing else is left in the log."""
    state = turns.page_state(status)
    data = {"state": state, "reference": reference}
    try:
        await conf.log().end(turn_id, attempt, KIND_OF[state], data, purge=status == Status.HELD)
    except LogError as error:
        # Readers find the turn's row, and the sweep tries again what was to be purged.
        log.warning("turn %s: its end is not in its log: %s", turn_id, error)
        conf.log().wake(turn_id)
    metrics.turns_ended.labels(status).inc()
    log.info("turn %s: %s%s", turn_id, status, f" ({reference})" if reference else "")


async def announce_again(turn_id: UUID) -> None:
    """A turn that has ended and whose log does not say so: its process died in between, or the log was out of reach.
    On a hold that also means that what is to be purged may still be there; and so it is where its conversation was erased.
    """
    ended = await conf.in_database(_ended, turn_id)
    if ended is None:
        return
    turn, reference, counted = ended
    state, erased = turns.page_state(turn.status), turn.conversation.erased_at is not None
    data = {"state": state, "reference": reference}
    try:
        await conf.log().open(turn_id, turn.attempt, turn.epoch)
        await conf.log().end(turn_id, turn.attempt, KIND_OF[state], data, purge=erased or state == "held")
    except LogError as error:
        log.info("turn %s: its end is not in its log yet: %s", turn_id, error)
        return
    if erased:
        log.info("turn %s: erased", turn_id)
        return
    log.warning("turn %s: its log was told that it is %s", turn_id, state)
    if state == "held":
        await exposed.since(turn, counted)


def _ended(turn_id: UUID) -> tuple[Turn, str, list[dict[str, Any]]] | None:
    """The turn if it has ended, the reference of its case, and the exposures on record."""
    rows = Turn.objects.select_related("case", "conversation").exclude(status__in=turns.RUNNING)
    turn = rows.filter(pk=turn_id).first()
    if turn is None:
        return None
    _tell(turn)
    case = getattr(turn, "case", None)
    counted = [
        dict(row) for row in turn.exposures.values("person_id", "route", "epoch", "characters", "beside")
    ]
    return turn, str(case.reference) if case is not None else "", counted
