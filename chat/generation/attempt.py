"""One attempt at an answer, from the claim of its turn to the last byte of the provider."""

import asyncio
import contextlib
import dataclasses
import logging
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from .. import conf, llm, metrics, turns
from ..events import Kind
from ..models import Finish, bodies
from ..streamlog import Fenced
from .asking import Asking
from .channels import Channels
from .judgement import end_without_text, freeze_and_judge, judged
from .lease import held
from .question import Question
from .questioned import may_be_answered
from .received import Received
from .recovery import Recovered, recovered
from .telling import Telling
from .ticks import Ticks, next_phase
from .winding_up import wind_up
from .windows import Windows

log = logging.getLogger("chat.generation")

TOO_LONG = "The answer reached the length limit set here."
CUT_SHORT = "A rule of this chat ended this answer before the model had."


@dataclass
class Attempt:
    """One attempt at an answer: what was received, and the tasks around the provider's stream."""

    claim: turns.Claim
    stop: asyncio.Event
    question: Question
    provider_text: str = ""
    more: asyncio.Event = field(default_factory=asyncio.Event)
    ticks: Ticks = field(default_factory=next_phase)
    shown: bool = False
    silent: bool = False
    silence_told: bool = False
    flushing: bool = False
    over: bool = False
    lost: bool = False
    reading: asyncio.Task[None] | None = None

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
        finally:
            self._take_apart()

    def _take_apart(self) -> None:
        """Its channels know it, and it them: left to itself all of it would wait for the collector."""
        if windows := vars(self).get("windows"):
            windows.close()
        if channels := vars(self).get("channels"):
            channels.take_apart()

    async def _write(self) -> None:
        self.received = Received(str(self.id), self.question.plan.reasoning, settings.CHAT_MAX_ANSWER)
        self.windows = Windows(self.claim.turn)
        self.channels = self._channels()
        self.asking = Asking(self.question, self.received)
        async with held(self.id, self.claim.attempt, self._told):
            if not await self._begin():
                await wind_up(self.claim.turn)
                return
            if not await may_be_answered(self.claim.turn, self.claim.attempt, self.telling, self.stop):
                return
            await self._receive()
            if not self.lost:
                await self._conclude()

    async def _begin(self) -> bool:
        """Begin the log, or go on with what it has; False where the turn is to be ended as it is."""
        had = await recovered(self.claim, self.stop) if self.claim.kept else None
        if self.claim.kept and (
            had.hopeless(self.claim.deaths) if had else self.claim.deaths > turns.RECOVERIES
        ):
            return False
        if had is not None:
            await self._go_on(had)
            return True
        if self.claim.kept and self.stop.is_set():
            return False
        if self.claim.kept:
            epoch = await conf.in_database(turns.new_epoch, self.id, self.claim.attempt)
            if epoch is None:
                raise Fenced(f"attempt {self.claim.attempt} of turn {self.id} holds it no more")
            self.claim = dataclasses.replace(self.claim, epoch=epoch)
        self.telling = Telling(self.claim)
        await self.telling.begin()
        return True

    async def _go_on(self, had: Recovered) -> None:
        """What readers have is what the gate has seen, what the record holds and what the provider is given."""
        self.telling = Telling(self.claim)
        said = had.said.deltas()
        await self.telling.go_on(said, whole=had.whole)
        if not said:
            return  # nothing was shown yet, and nothing is to be said
        self.received.said = had.said
        self.received.continued = self.shown = True
        self.channels.know(said)
        metrics.answers_continued.labels("death").inc()
        log.info("turn %s: goes on after %d characters", self.id, had.said.size)

    async def _receive(self) -> None:
        """Read the provider until its end, a stop, or the loss of the lease, appending once a tick."""
        reading = self.reading = asyncio.create_task(self._read())
        appending = asyncio.create_task(self._append())
        stopping = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({reading, stopping, appending}, return_when=asyncio.FIRST_COMPLETED)
            if appending.done():
                appending.result()
            if self.stop.is_set() and not reading.done():
                self.received.finish, self.received.sentence = Finish.STOPPED, ""
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
        self.received.conclude()
        self.channels.finish()
        self.windows.close()
        if self.channels.blocked:
            self.received.finish, self.received.sentence = Finish.BLOCKED, CUT_SHORT
        await self._flush()

    async def _read(self) -> None:
        received = self.received
        try:
            answer = self.asking.answer(self._tell_silence, self._start_over)
            async with contextlib.aclosing(answer) as batches:
                async for batch in batches:
                    self.channels.feed(received.take_all(batch))
                    if self.channels.blocked:
                        return
                    if received.full:
                        received.finish, received.sentence = Finish.LENGTH, TOO_LONG
                        return
                    if self.shown:
                        # What comes meanwhile gathers in the connection, and is read at once: a third less CPU.
                        await self.ticks.next()
        except llm.ProviderError as error:
            received.finish, received.sentence = Finish.BROKEN, error.sentence
            metrics.provider_errors.labels(type(error).__name__).inc()
            # An error may repeat what a model wrote; nobody sees it unless all that judges answers passes all of it.
            if error.words:
                outcome, _ = await judged(self.claim.turn, bodies.channels(bodies.compose(error.words)))
                self.provider_text = error.provider_text if outcome == "pass" else ""

    def _tell_silence(self) -> None:
        self.silent = True
        self.more.set()

    def _start_over(self) -> None:
        """The provider does not take the beginning after all."""
        self.received.forget()
        self.channels = self._channels()
        self.telling.start_over()
        self.more.set()

    def _channels(self) -> Channels:
        turn = self.claim.turn
        return Channels(
            lambda kind: conf.gate(turn.policy, kind), self.more, self.windows.ask, shaped=turn.shaped,
            on_block=self._end_reading,
        )  # fmt: skip

    def _end_reading(self) -> None:
        """A gate lets nothing more through: what the provider goes on writing is not wanted."""
        if self.reading is not None and self.reading is not asyncio.current_task():
            self.reading.cancel()

    async def _append(self) -> None:
        """The first word at once, then what was read at a tick as one event of each channel."""
        while not self.over:
            await self.telling.due(self.more)
            self.flushing = True
            await self._flush()
            self.flushing = False

    async def _flush(self) -> None:
        self.more.clear()
        said = self.channels.take(self.received.said.milliseconds)
        if said:
            self.silent = False
        if self.silent != self.silence_told:
            self.silence_told = self.silent
            note = (Kind.WAITING, {"why": "provider"}) if self.silent else (Kind.STARTED, {})
            await self.telling.note(*note)
        if said or self.telling.lost:
            await self.telling.tell(said)
            if said and not self.shown:
                self.shown = True
                took = (timezone.now() - self.claim.turn.created_at).total_seconds()
                metrics.first_text.observe(took)
                metrics.first_text_added.observe(max(0.0, took - self.received.waited))

    def _told(self, answer: str) -> None:
        self.lost = answer == "lost"
        self.stop.set()

    async def _conclude(self) -> None:
        received = self.received
        if body := self.channels.body():
            await freeze_and_judge(
                self.id, self.claim.attempt, received.finish, body, sentence=received.sentence,
                provider_text=self.provider_text, thought=received.said.milliseconds, **self.asking.fields(),
            )  # fmt: skip
            return
        await end_without_text(
            self.id, self.claim.attempt, received.finish, received.sentence, self.provider_text
        )
