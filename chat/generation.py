"""Answers a turn: provider → gate → stream log → candidate → checks → message. No reader is needed for any of it."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction

from . import conf, conversations, llm, metrics, moderation, policies, turns
from .events import Kind
from .models import Finish, Status, Turn, User, bodies
from .streamlog import Fenced

log = logging.getLogger("chat.generation")

_FINISH = {
    llm.FinishReason.complete: Finish.COMPLETE,
    llm.FinishReason.length: Finish.LENGTH,
    llm.FinishReason.blocked: Finish.BLOCKED,
    llm.FinishReason.tool_calls: Finish.TOOL_CALLS,
}
_TERMINAL = {
    Status.SAVED: Kind.COMPLETED,
    Status.STOPPED: Kind.STOPPED,
    Status.FAILED: Kind.FAILED,
    Status.HELD: Kind.HELD,
}
EMPTY = "The model ended without writing anything. Try again."
CUT_OFF = "The answer broke off before its end. You can continue it or try again."
BLOCKED = "The model's provider stopped this answer under its own content rules."
TOO_LONG = "The answer reached the length limit set here."
DIED = "The server stopped while this answer was being written. Try again."


def start(person: User, new: turns.NewTurn) -> Turn:
    """Store the turn and have it answered; the same POST twice is the same turn. Raises as `turns.create`."""
    with transaction.atomic():
        policy = policies.current(conf.policy_definition())
        turn, created = turns.create(person, new, policy.pk)
        if created:
            conf.runner().enqueue(turn.pk, transaction.on_commit)
    return turn


def stop_person(person_id: int) -> None:
    """Stop everything that is being written for a person whose account was closed."""
    for turn_id in turns.stop_all(person_id):
        conf.runner().stop(turn_id)


async def run(turn_id: UUID, stop: asyncio.Event) -> None:
    """Claim and answer one turn; nothing happens if another has it."""
    claim = await conf.in_database(turns.claim, turn_id, conf.OWNER, conf.LEASE)
    if claim is not None:
        await _Attempt(claim, stop).run()


async def rejudge(turn_id: UUID, attempt: int) -> None:
    """Judge a frozen candidate whose judge died."""
    if frozen := await conf.in_database(turns.claim_judging, turn_id, attempt, conf.LEASE):
        await conf.log().open(turn_id, frozen.attempt, frozen.turn.epoch)
        await _judge(frozen)


async def recheck(frozen: turns.Frozen) -> None:
    """Try a held candidate again that could not be checked."""
    outcome, rows = await _ask(frozen)
    settled = await conf.in_database(_settle_recheck, frozen, outcome, rows)
    if settled is not None:
        log.info("turn %s: checked again, round %d: %s", frozen.turn.pk, frozen.round, outcome)


async def wind_up(turn_id: UUID, attempt: int) -> None:
    """End a turn that nobody writes any more and that is not begun again: with the text its log still has."""
    turn = await conf.in_database(turns.take_over, turn_id, attempt, conf.LEASE)
    if turn is None:
        return
    finish, sentence = (Finish.STOPPED, "") if turn.stop_requested_at else (Finish.BROKEN, DIED)
    await conf.log().open(turn_id, turn.attempt, turn.epoch)
    text = await _logged_text(turn_id)
    log.warning("turn %s: wound up as %s with %d characters, its process died", turn_id, finish, len(text))
    if text:
        await _freeze_and_judge(turn_id, turn.attempt, finish, bodies.compose(text), sentence=sentence)
    else:
        await _end_without_text(turn_id, turn.attempt, finish, sentence)


async def _logged_text(turn_id: UUID) -> str:
    batch = await conf.log().read(turn_id, None)
    return "".join(event.data["text"] for event in batch.events if event.kind == Kind.TEXT) if batch else ""


@dataclass
class _Attempt:
    """One attempt at an answer: what was received, and the tasks around the provider's stream."""

    claim: turns.Claim
    stop: asyncio.Event
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    usage: Any = None
    finish: Finish = Finish.BROKEN
    sentence: str = CUT_OFF
    provider_text: str = ""
    pending: str = ""
    more: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False

    @property
    def id(self) -> UUID:
        return self.claim.turn.pk

    async def run(self) -> None:
        try:
            await self._write()
        except asyncio.CancelledError:
            await conf.in_database(turns.hand_back, self.id, self.claim.attempt)
            raise
        except Fenced as fenced:
            log.warning("turn %s: %s", self.id, fenced)

    async def _write(self) -> None:
        stream = conf.log()
        await stream.open(self.id, self.claim.attempt, self.claim.epoch)
        kind = Kind.RESTARTED if self.claim.restarted else Kind.STARTED
        await stream.append(self.id, self.claim.attempt, kind, {})
        self.gate = conf.gate(self.claim.turn.policy)
        renewal = asyncio.create_task(self._renew())
        try:
            await self._receive()
            if self.lost:
                return
            await self._conclude()
        finally:
            renewal.cancel()

    async def _receive(self) -> None:
        """Read the provider until its end, a stop, or the loss of the lease, appending once a tick."""
        reading = asyncio.create_task(self._read())
        appending = asyncio.create_task(self._append())
        stopping = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({reading, stopping, appending}, return_when=asyncio.FIRST_COMPLETED)
            if appending.done():
                appending.result()
            if self.stop.is_set() and not reading.done():
                self.finish, self.sentence = Finish.STOPPED, ""
        finally:
            for task in (reading, appending, stopping):
                task.cancel()
            await asyncio.gather(reading, appending, stopping, return_exceptions=True)
        if not reading.cancelled() and (error := reading.exception()):
            raise error
        self._carry_out(self.gate.finish())
        await self._flush()

    async def _read(self) -> None:
        messages = await conf.in_database(
            turns.context, self.claim.turn, settings.CHAT_MAX_CONTEXT, settings.CHAT_INSTRUCTIONS
        )
        try:
            async with contextlib.aclosing(conf.provider().stream(messages, label=str(self.id))) as deltas:
                async for delta in deltas:
                    self._take(delta)
                    if len(self.text) + len(self.reasoning) > settings.CHAT_MAX_ANSWER:
                        self.finish, self.sentence = Finish.LENGTH, TOO_LONG
                        return
        except llm.ProviderError as error:
            self.finish, self.sentence = Finish.BROKEN, error.sentence
            self.provider_text = error.provider_text

    def _take(self, delta: llm.Delta) -> None:
        match delta:
            case llm.Text(text):
                self.text += text
                self._carry_out(self.gate.feed(text))
            case llm.Reasoning(text):
                self.reasoning += text
            case llm.Refusal(text):
                self.refusal += text
            case llm.Usage(data):
                self.usage = data
            case llm.Finish(reason, raw):
                self.finish = _FINISH.get(reason, Finish.BROKEN)
                self.sentence = {Finish.BLOCKED: BLOCKED, Finish.BROKEN: CUT_OFF}.get(self.finish, "")
                if self.finish == Finish.BROKEN:
                    log.warning("turn %s: the provider ended with the unknown reason %r", self.id, raw)

    def _carry_out(self, actions: list[moderation.Action]) -> None:
        for action in actions:
            if isinstance(action, moderation.Release):
                self.pending += action.text
                self.more.set()

    async def _append(self) -> None:
        """First text at once, then what came within a tick as one event."""
        while True:
            await self.more.wait()
            await self._flush()
            await asyncio.sleep(conf.TICK)

    async def _flush(self) -> None:
        self.more.clear()
        if self.pending:
            text, self.pending = self.pending, ""
            await conf.log().append(self.id, self.claim.attempt, Kind.TEXT, {"text": text})

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(conf.RENEW)
            try:
                answer = await conf.in_database(turns.renew, self.id, self.claim.attempt, conf.LEASE)
            except DatabaseError as error:  # the lease outlasts a few of these
                log.warning("turn %s: could not renew its lease: %s", self.id, error)
                continue
            if answer != "held":
                self.lost = answer == "lost"
                self.stop.set()

    async def _conclude(self) -> None:
        if self.text or self.refusal:
            body = bodies.compose(self.text, self.reasoning, self.refusal)
            await _freeze_and_judge(
                self.id, self.claim.attempt, self.finish, body,
                sentence=self.sentence, provider_text=self.provider_text, usage=self.usage,
            )  # fmt: skip
            return
        if self.finish != Finish.STOPPED and self.sentence in {"", CUT_OFF}:
            self.finish, self.sentence = Finish.BROKEN, EMPTY
        await _end_without_text(self.id, self.claim.attempt, self.finish, self.sentence, self.provider_text)


async def _freeze_and_judge(turn_id: UUID, attempt: int, finish: Finish, body: str, **fields: Any) -> None:
    await conf.log().append(turn_id, attempt, Kind.MODERATING, {})
    frozen = await conf.in_database(turns.freeze, turn_id, attempt, finish, body, lease=conf.LEASE, **fields)
    if frozen is not None:
        await _judge(frozen)


async def _end_without_text(turn_id: UUID, attempt: int, finish: Finish, *sentences: str) -> None:
    if await conf.in_database(turns.interrupt, turn_id, attempt, finish, *sentences):
        status = Status.STOPPED if finish == Finish.STOPPED else Status.FAILED
        await _announce(turn_id, attempt, status, "")


async def _judge(frozen: turns.Frozen) -> None:
    outcome, rows = await _ask(frozen)
    # Readers are counted before the hold is written, and everything a door sends is counted before it is sent.
    exposures = _exposures(frozen) if outcome != "pass" else []
    settled = await conf.in_database(_settle, frozen, outcome, rows, exposures)
    if settled is not None:
        await _announce(frozen.turn.pk, frozen.attempt, settled.status, settled.reference)


async def _ask(frozen: turns.Frozen) -> tuple[str, list[dict[str, Any]]]:
    """Every required checker's judgement of exactly the frozen bytes: the aggregate, and rows to record."""
    checkers = conf.checkers(frozen.turn.policy)
    channels = bodies.channels(frozen.body)
    results = await asyncio.gather(*(checker.check(channels) for checker in checkers))
    for result in results:
        if result.outcome == "error":
            log.warning("turn %s: checker %s: %s", frozen.turn.pk, result.checker, result.detail)
    outcome = moderation.aggregate([checker.name for checker in checkers], results)
    return str(outcome), [_row(result) for result in results]


def _row(result: moderation.Result) -> dict[str, Any]:
    findings = [
        {
            "rule": f.rule, "reason": f.reason, "channel": f.channel, "start": f.start, "end": f.end,
            "score": f.score, "threshold": f.threshold,
        }
        for f in result.findings
    ]  # fmt: skip
    return {
        "checker": result.checker, "outcome": str(result.outcome), "findings": findings,
        "detail": bodies.clean(result.detail)[:500], "milliseconds": result.milliseconds,
    }  # fmt: skip


def _settle(
    frozen: turns.Frozen, outcome: str, rows: list[dict[str, Any]], exposures: list[dict[str, Any]]
) -> turns.Settled | None:
    with transaction.atomic():
        required = len(frozen.turn.policy.definition["checkers"])
        settled = turns.conclude(frozen, outcome, required, rows, exposures)
        if settled is not None and settled.status != Status.HELD:
            conversations.entitle(frozen.turn)
    return settled


def _settle_recheck(frozen: turns.Frozen, outcome: str, rows: list[dict[str, Any]]) -> turns.Settled | None:
    with transaction.atomic():
        required = len(frozen.turn.policy.definition["checkers"])
        settled = turns.reconclude(frozen, outcome, required, rows)
        if settled is not None and settled.status == Status.SAVED:
            conversations.entitle(frozen.turn)
    return settled


def _exposures(frozen: turns.Frozen) -> list[dict[str, Any]]:
    """What had been sent to whom. Of an epoch whose process died only this is known: all that was released."""
    readers = conf.log().readers(frozen.turn.pk)
    known = [
        {"attempt": r.epoch, "person_id": r.person, "route": r.route, "characters": r.characters, "at": r.at}
        for r in readers or []
        if r.characters
    ]
    lost = range(1, frozen.turn.epoch + (readers is None))
    return known + [
        {"attempt": epoch, "route": "unknown", "characters": None, "at": frozen.turn.created_at} for epoch in lost
    ]


async def _announce(turn_id: UUID, attempt: int, status: Status, reference: str) -> None:
    """Only after the database has it: the terminal event, and on a hold nothing else is left in the log."""
    data = {"state": turns.page_state(status), "reference": reference}
    try:
        await conf.log().end(turn_id, attempt, _TERMINAL[status], data, purge=status == Status.HELD)
    except Fenced:
        conf.log().wake(turn_id)  # readers find the turn's row
    metrics.turns_ended.labels(status).inc()
    log.info("turn %s: %s%s", turn_id, status, f" ({reference})" if reference else "")
