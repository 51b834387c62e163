"""Parts of an answer that is still being written, judged before they are shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from .. import conf, moderation, turns
from ..models import Turn
from .judgement import results_of

log = logging.getLogger("chat.generation")


class Windows:
    """The checks of one attempt at an answer. What is in flight when it ends is not waited for: the whole is judged then."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._asking: set[asyncio.Task[None]] = set()

    def ask(self, check: moderation.Check, tell: Callable[[moderation.Result], None]) -> None:
        """Have a gate's check made, and its worst result told."""
        task = asyncio.get_running_loop().create_task(self._judge(check, tell))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def close(self) -> None:
        for task in self._asking:
            task.cancel()

    async def _judge(self, check: moderation.Check, tell: Callable[[moderation.Result], None]) -> None:
        try:
            worst = await self._worst(check)
        except (
            Exception
        ) as error:  # the database may be away: what follows is shown once the whole has been judged
            log.warning("turn %s: a part of its answer could not be checked: %r", self._turn.pk, error)
            worst = moderation.Result("none", "error")
        tell(worst)

    async def _worst(self, check: moderation.Check) -> moderation.Result:
        # The rules have seen it already, with what comes before and after it.
        checkers = [checker for checker in await conf.checkers(self._turn.policy) if checker.name != "rules"]
        question = await conf.in_database(turns.question_of, self._turn) if checkers else ""
        subject = moderation.Subject({"text": check.text}, question=question, before=check.before)
        return moderation.worst(await results_of(self._turn, checkers, subject))
