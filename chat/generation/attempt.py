"""One attempt at an answer, from the claim of its turn to the last byte of the provider."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from .. import conf, llm, metrics, moderation, turns
from ..models import Finish, bodies
from ..streamlog import Fenced
from .judgement import end_without_text, freeze_and_judge
from .lease import held
from .telling import Telling
from .ticks import Ticks, next_phase

log = logging.getLogger("chat.generation")

_FINISH = {
    llm.FinishReason.complete: Finish.COMPLETE,
    llm.FinishReason.length: Finish.LENGTH,
    llm.FinishReason.blocked: Finish.BLOCKED,
    llm.FinishReason.tool_calls: Finish.TOOL_CALLS,
}
EMPTY = "The model ended without writing anything. Try again."
CUT_OFF = "The answer broke off before its end. You can continue it or try again."
BLOCKED = "The model's provider stopped this answer under its own content rules."
TOO_LONG = "The answer reached the length limit set here."


@dataclass
class Attempt:
    """One attempt at an answer: what was received, and the tasks around the provider's stream."""

    claim: turns.Claim
    stop: asyncio.Event
    # Pieces, joined once at the end: adding to a string of 400,000 characters copies it each time.
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    size: int = 0
    usage: Any = None
    finish: Finish = Finish.BROKEN
    sentence: str = CUT_OFF
    provider_text: str = ""
    pending: str = ""
    more: asyncio.Event = field(default_factory=asyncio.Event)
    ticks: Ticks = field(default_factory=next_phase)
    shown: bool = False
    flushing: bool = False
    over: bool = False
    lost: bool = False

    @property
    def id(self) -> UUID:
        return self.claim.turn.pk

    async def run(self) -> None:
        try:
            await self._write()
        except asyncio.CancelledError:
            await conf.in_database(turns.hand_back, self.id, self.claim.attempt)
            # Whoever else is there need not wait for its sweep to find it.
            conf.log().signal("start", str(self.id))
            raise
        except Fenced as fenced:
            log.warning("turn %s: %s", self.id, fenced)

    async def _write(self) -> None:
        self.telling = Telling(self.claim)
        await self.telling.begin()
        self.gate = conf.gate(self.claim.turn.policy)
        async with held(self.id, self.claim.attempt, self._told):
            await self._receive()
            if not self.lost:
                await self._conclude()

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
            self.over = True
            for task in (reading, stopping):
                task.cancel()
            # Not in the middle of telling: what a log may or may not have taken would be lost or told twice.
            if not self.flushing:
                appending.cancel()
            await asyncio.gather(reading, appending, stopping, return_exceptions=True)
        if not reading.cancelled() and (error := reading.exception()):
            raise error
        self._carry_out(self.gate.finish())
        await self._flush()

    async def _read(self) -> None:
        messages = await conf.in_database(
            turns.context, self.claim.turn, settings.CHAT_MAX_CONTEXT, settings.CHAT_INSTRUCTIONS
        )
        longest = settings.CHAT_MAX_ANSWER
        try:
            async with contextlib.aclosing(conf.provider().batches(messages, label=str(self.id))) as batches:
                async for batch in batches:
                    for delta in batch:
                        self._take(delta)
                        if self.size > longest:
                            self.finish, self.sentence = Finish.LENGTH, TOO_LONG
                            return
                    if self.shown:
                        # What comes meanwhile gathers in the connection, and is read at once: a third less CPU.
                        await self.ticks.next()
        except llm.ProviderError as error:
            self.finish, self.sentence = Finish.BROKEN, error.sentence
            # An error may repeat what a model wrote; it is seen by nobody unless the rules pass all of it.
            judged = await conf.rules().check({"text": error.words})
            self.provider_text = error.provider_text if judged.outcome == "pass" else ""
            metrics.provider_errors.inc()

    def _take(self, delta: llm.Delta) -> None:
        if isinstance(delta, llm.Text):
            self._keep(self.text, delta.text)
            self._carry_out(self.gate.feed(delta.text))
        elif isinstance(delta, llm.Reasoning):
            self._keep(self.reasoning, delta.text)
        elif isinstance(delta, llm.Refusal):
            self._keep(self.refusal, delta.text)
        elif isinstance(delta, llm.Usage):
            self.usage = delta.data
        elif isinstance(delta, llm.Finish):
            self.finish = _FINISH.get(delta.reason, Finish.BROKEN)
            self.sentence = {Finish.BLOCKED: BLOCKED, Finish.BROKEN: CUT_OFF}.get(self.finish, "")
            if self.finish == Finish.BROKEN:
                log.warning("turn %s: the provider ended with the unknown reason %r", self.id, delta.raw)

    def _keep(self, channel: list[str], text: str) -> None:
        channel.append(text)
        self.size += len(text)

    def _carry_out(self, actions: list[moderation.Action]) -> None:
        for action in actions:
            if isinstance(action, moderation.Release):
                if not self.pending:
                    self.more.set()
                self.pending += action.text

    async def _append(self) -> None:
        """First text at once, then what came within a tick as one event."""
        while not self.over:
            await self.telling.due(self.more)
            self.flushing = True
            await self._flush()
            self.flushing = False
            if not self.over:
                await self.ticks.next()

    async def _flush(self) -> None:
        self.more.clear()
        text, self.pending = self.pending, ""
        if text or self.telling.lost:
            await self.telling.text(text)
            if text and not self.shown:
                self.shown = True
                metrics.first_text.observe((timezone.now() - self.claim.turn.created_at).total_seconds())

    def _told(self, answer: str) -> None:
        self.lost = answer == "lost"
        self.stop.set()

    async def _conclude(self) -> None:
        if self.text or self.refusal:
            body = bodies.compose("".join(self.text), "".join(self.reasoning), "".join(self.refusal))
            await freeze_and_judge(
                self.id, self.claim.attempt, self.finish, body,
                sentence=self.sentence, provider_text=self.provider_text, usage=self.usage,
            )  # fmt: skip
            return
        if self.finish != Finish.STOPPED and self.sentence in {"", CUT_OFF}:
            self.finish, self.sentence = Finish.BROKEN, EMPTY
        await end_without_text(self.id, self.claim.attempt, self.finish, self.sentence, self.provider_text)
