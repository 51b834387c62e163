"""What of a conversation the model is sent with the question: as much as fits, and less where it says that it does not."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from .. import assistants, conf, llm, turns
from ..llm.errors import ContextTooLong
from ..models import Turn

log = logging.getLogger("chat.generation")

LONG = 2000  # tokens, by our estimate; for less it does not matter how many a model takes
HOPELESS = 1.25  # of a model's window: our estimate may be wrong, but not by so much
HALVINGS = 2


class Question:
    """`left_out`: how many of the oldest exchanges are not sent. `estimated`: tokens of what is, by our own count."""

    def __init__(self, turn: Turn, plan: assistants.Plan) -> None:
        self.turn, self.plan = turn, plan
        self._window = plan.legs[0].window if plan.legs else None
        self._budget = self._whole()
        self._context: turns.Context | None = None
        self._halved = 0

    def look(self) -> None:
        """On a thread of the database's, with what else is asked there: `read` then asks nothing, nearly always."""
        # What is still to be judged is no message yet.
        if self.plan.legs and not self.turn.policy.definition.get("input"):
            with contextlib.suppress(DatabaseError):  # the turn is ours already; `read` asks again
                self._context = turns.context(self.turn, self._budget)

    @property
    def left_out(self) -> int:
        return self._context.left_out if self._context else 0

    def measured(self, usage: dict[str, Any] | None) -> dict[str, Any] | None:
        """The provider's count with our estimate beside it, by which the next question's budget is corrected."""
        return {**usage, "estimated": self._context.tokens} if usage and self._context else usage

    async def read(self) -> None:
        """Before anything is asked. Raises ContextTooLong for a question that cannot fit."""
        found = self._context or await self._read()
        # Also of what was left out: with a window more of it may fit.
        if self._window is None and (found.tokens > LONG or found.left_out):
            self._window = await assistants.window_of(self.plan.legs[0])
            if self._window is not None:
                self._budget = self._whole()
                found = await self._read()
        self._context = found
        # Another model may take more.
        if self._window is not None and found.size > self._window * HOPELESS and len(self.plan.legs) == 1:
            told = f"about {found.size:.0f} tokens for a window of {self._window}"
            log.warning("turn %s: ContextTooLong: %s", self.turn.pk, told)
            raise ContextTooLong(told)

    def asked(self, beginning: llm.Beginning) -> llm.Asked:
        """The request, with as much of the conversation as is to be sent now."""
        assert self._context is not None
        return llm.Asked(
            self._context.messages,
            parameters=self.plan.parameters,
            schema=self.plan.schema,
            reasoning=self.plan.reasoning,
            beginning=beginning,
        )

    async def shorten(self) -> bool:
        """The model says that it is too long: send half as much. False where that is no less than before."""
        before = self._context
        if before is None or self._halved == HALVINGS:
            return False
        self._halved += 1
        self._budget = self._budget.smaller(before.size / 2)
        self._context = await self._read()
        log.info("turn %s: too long for the model; sent without %d exchanges", self.turn.pk, self.left_out)
        return self.left_out > before.left_out

    def _whole(self) -> turns.Budget:
        """As much as may be sent, as far as it is known."""
        if self._window is None:
            return turns.Budget(settings.CHAT_MAX_CONTEXT, self.plan.instructions)
        return turns.Budget.of_window(
            self._window, self.plan.parameters.get("max_tokens"), self.plan.instructions
        )

    async def _read(self) -> turns.Context:
        return await conf.in_database(turns.context, self.turn, self._budget)
