"""Classifiers prove themselves on known texts: before they are switched on, at their first use, and now and then."""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ... import metrics
from ..verdict import Result, Subject
from .classifier import Classifier, Judged

log = logging.getLogger("chat.moderation")


@dataclass(frozen=True, slots=True)
class Proof:
    """`complaints`: sentences on what was judged wrongly, or not at all. `answered`: the server has answered each time,
    so that the complaints are about the classifier; else it may have been down.
    """

    complaints: tuple[str, ...] = ()
    answered: bool = True

    @property
    def outcome(self) -> str:
        return "passed" if not self.complaints else "failed" if self.answered else "unanswered"


@dataclass(frozen=True, slots=True)
class Closed:
    """A checker that cannot judge, for a reason that `sentence` says: everything is an error, and so nothing passes."""

    name: str
    sentence: str

    async def check(self, subject: Subject) -> Result:
        return Result(self.name, "error", detail=self.sentence[:500])


async def prove(classifier: Classifier) -> Proof:
    """Have every known text judged, and compare."""
    known = list(classifier.known())
    lacks = classifier.dialect.lacks(classifier.good, classifier.bad)
    judged = await asyncio.gather(*(classifier.judge(subject) for subject, _, _ in known))
    wrong = [
        _complaint(name, expected, each)
        for (_, expected, name), each in zip(known, judged, strict=True)
        if each.result.outcome != expected
    ]
    # Of one that has failed already it does not matter who did not answer.
    answered = all(each.answered for each in judged) or any(
        each.result.outcome not in (expected, "error")
        for (_, expected, _), each in zip(known, judged, strict=True)
    )
    proof = Proof((*lacks, *wrong), answered)
    metrics.proofs.labels(proof.outcome).inc()
    return proof


async def prove_classifier(checker: Classifier | Closed) -> list[str]:
    """A sentence for each known text that it judges wrongly or not at all; [] is good, and it may be switched on."""
    if isinstance(checker, Closed):
        return [checker.sentence]
    return list((await prove(checker)).complaints)


class Proven:
    """A classifier that judges nobody's text before it has proved itself.

    `proven`: it has; `failing`: why it has not, the last time. With neither the proof comes first, once for all that wait
    for it, and `record` puts it on record.
    """

    def __init__(
        self, classifier: Classifier, record: Callable[[Proof], Awaitable[None]], *, proven: bool, failing: str = ""
    ) -> None:  # fmt: skip
        self.name = classifier.name
        self._classifier, self._record, self._proven, self._failing = classifier, record, proven, failing

    async def check(self, subject: Subject) -> Result:
        if not self._proven and not self._failing:
            if left_alone := self._classifier.left_alone():
                return left_alone
            proof = await self._proof()
            self._proven, self._failing = not proof.complaints, " ".join(proof.complaints)
        if self._failing:
            return await Closed(self.name, unproven(self._failing)).check(subject)
        return await self._classifier.check(subject)

    async def _proof(self) -> Proof:
        running = self._classifier.proving
        if running is None or running.done():
            running = asyncio.get_running_loop().create_task(
                self._prove(), name=f"proof of {self.name}", context=contextvars.Context()
            )
            self._classifier.proving = running
        # Whoever waits may be cancelled; the others go on waiting.
        return await asyncio.shield(running)

    async def _prove(self) -> Proof:
        proof = await prove(self._classifier)
        try:
            await self._record(proof)
        except Exception as error:  # Known here all the same, and proved once more by whoever comes next.
            log.warning("checker %s: its proof is not on record (%s)", self.name, type(error).__name__)
        return proof


def unproven(failure: str) -> str:
    return f"It is not trusted while it does not prove itself. {failure}"


def _complaint(name: str, expected: str, judged: Judged) -> str:
    outcome, detail = judged.result.outcome, judged.result.detail
    if outcome == "error":
        return f"It gives no verdict on the {name}. {detail}"
    return f"It {'passes' if outcome == 'pass' else 'flags'} the {name}."
