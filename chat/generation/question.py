"""What of a conversation the model is sent with the question: as much as fits, and less where it says that it does not."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings

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
        self._turn, self._plan = turn, plan
        self._budget = turns.Budget(settings.CHAT_MAX_CONTEXT, plan.instructions)
        self._context: turns.Context | None = None
        self._halved = 0

    @property
    def left_out(self) -> int:
        return self._context.left_out if self._context else 0

    def measured(self, usage: dict[str, Any] | None) -> dict[str, Any] | None:
        """The provider's count with our estimate beside it, by which the next question's budget is corrected."""
        return {**usage, "estimated": self._context.tokens} if usage and self._context else usage

    async def read(self) -> None:
        """Before anything is asked. Raises ContextTooLong for a question that cannot fit."""
        self._context = await self._read()

    def asked(self, beginning: llm.Beginning) -> llm.Asked:
        """The request, with as much of the conversation as is to be sent now."""
        assert self._context is not None
        return llm.Asked(
            self._context.messages,
            parameters=self._plan.parameters,
            schema=self._plan.schema,
            reasoning=self._plan.reasoning,
            beginning=beginning,
        )

    async def shorten(self) -> bool:
        """The model says that it is too long: send half as much. False where that is no less than before."""
        before = self._context
        if before is None or self._halved == HALVINGS:
            return False
        self._halved += 1
        self._budget = self._budget.smaller(before.size / 2)
        self._context = await conf.in_database(turns.context, self._turn, self._budget)
        log.info("turn %s: too long for the model; sent without %d exchanges", self._turn.pk, self.left_out)
        return self.left_out > before.left_out

    async def _read(self) -> turns.Context:
        plan, window = self._plan, self._plan.legs[0].window
        if window is None:
            found = await conf.in_database(turns.context, self._turn, self._budget)
            # Also of what was left out: with a window more of it may fit.
            long = found.tokens > LONG or found.left_out
            window = await assistants.window_of(plan.legs[0]) if long else None
            if window is None:
                return found
        self._budget = turns.Budget.of_window(window, plan.parameters.get("max_tokens"), plan.instructions)
        found = await conf.in_database(turns.context, self._turn, self._budget)
        if found.size > window * HOPELESS and len(plan.legs) == 1:  # another model may take more
            told = f"about {found.size:.0f} tokens for a window of {window}"
            log.warning("turn %s: ContextTooLong: %s", self._turn.pk, told)
            raise ContextTooLong(told)
        return found
