"""The provider's answer to a turn, asked for again from where it broke off, where the provider can go on."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any

from .. import llm, metrics
from ..llm import errors
from . import marking
from .question import Question
from .received import Received

log = logging.getLogger("chat.generation")

MOST = 20  # requests for one answer
BARREN = 3  # requests in a row that bring nothing
SILENCE = 2.0  # seconds until a reader is told why nothing comes
_FIRST, _LONGEST = (
    0.25,
    10.0,
)  # seconds between two requests, doubling while nothing comes; a provider may ask for more


class Asking:
    """The requests for one answer: what each is told of the conversation, and which endpoint answers it."""

    def __init__(self, question: Question, received: Received) -> None:
        self._question, self._received = question, received
        self._route = marking.route(question.plan, received) if question.plan.legs else None

    def fields(self) -> dict[str, Any]:
        """What the turn keeps: the endpoint that answered, the usage, and how much of the conversation was left out."""
        answered = self._route.answered if self._route else None
        return {
            "endpoint_id": answered.key if answered else None, "left_out": self._question.left_out,
            "usage": self._question.measured(self._received.usage),
        }  # fmt: skip

    async def answer(
        self, silent: Callable[[], None], over: Callable[[], None]
    ) -> AsyncGenerator[Sequence[llm.Delta], None]:
        """What follows what was `received`, in batches; whoever reads them puts them there before the next one.

        `silent` is called when it takes long to go on, `over` when a beginning that another process left is refused: the
        answer then starts over. A question that is too long for the model is asked again with less of the conversation.
        Raises the ProviderError that ended the text. All of it within the endpoints' total timeout.
        """
        if self._route is None:
            problem = self._question.plan.problem or llm.Misconfigured("nobody to ask")
            log.warning("turn %s: %s: %s", self._received.label, type(problem).__name__, problem.detail)
            raise problem
        provider, question, received = self._route, self._question, self._received
        await question.read()
        clock = asyncio.get_running_loop().time
        began = clock()
        deadline = began + provider.total_timeout
        cause: llm.ProviderError | None = None
        inherited, requests, barren = received.continued, 0, 0
        while True:
            size, ended_by = received.size, None
            told = asyncio.get_running_loop().call_later(SILENCE, silent) if requests else None
            try:
                asked = question.asked(received.beginning() if received.continued else llm.Beginning())
                parts = provider.batches(asked, label=received.label, seconds=deadline - clock())
                async with contextlib.aclosing(parts):
                    async for batch in parts:
                        if told and batch:
                            told.cancel()
                        if not received.size:
                            received.waited = clock() - began
                        yield batch
            except llm.ProviderError as error:
                ended_by = error
            finally:
                if told:
                    told.cancel()
            if received.ended:
                return
            requests += 1
            if isinstance(ended_by, errors.ContextTooLong) and not received.size and await question.shorten():
                requests = 0
                continue
            if inherited and requests == 1 and isinstance(ended_by, llm.RequestRefused):
                log.warning(
                    "turn %s: the provider does not go on with a beginning (CHAT_PROVIDER_CONTINUES)",
                    received.label,
                )
                metrics.answers_restarted.labels("refusal").inc()
                over()
                inherited, requests = False, 0
                continue
            barren = barren + 1 if received.size == size else 0
            if not barren or requests == 1:
                cause = ended_by
            pause = _pause(ended_by, barren)
            able = provider.continues and (ended_by is None or llm.broke_off(ended_by))
            if (
                not able
                or not received.said.resumable
                or requests >= MOST
                or barren >= BARREN
                or pause is None
                or clock() + pause >= deadline
            ):
                if cause is not None:
                    raise cause
                log.warning(
                    "turn %s: the provider's stream ended after %d characters without saying that it was done",
                    received.label, received.size,
                )  # fmt: skip
                metrics.provider_errors.labels("NoFinish").inc()
                return
            log.info(
                "turn %s: asked for the rest after %d characters, in %.1f s",
                received.label,
                received.size,
                pause,
            )
            metrics.answers_continued.labels("break").inc()
            received.continued = True
            await asyncio.sleep(pause)


def _pause(error: llm.ProviderError | None, barren: int) -> float | None:
    """Seconds until the rest is asked for, or None where the provider wants more than a person waits for."""
    if error is not None and error.wait is not None:
        return error.wait if error.wait <= _LONGEST else None
    return _FIRST * 2**barren * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
