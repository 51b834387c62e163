"""An endpoint that failed is marked so, and one that answers again is cleared, while the answer goes on."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from typing import Any

from django.db import Error

from .. import assistants, conf, llm
from ..endpoints import health
from ..llm import errors
from .received import Received

log = logging.getLogger("chat.generation")

_marks: set[asyncio.Task[None]] = set()


def route(plan: assistants.Plan, received: Received) -> llm.Route:
    """The plan's route, which marks the endpoints it finds failing or working again; nothing for a healthy turn."""

    def failed(leg: llm.Leg, error: llm.ProviderError) -> None:
        log.info("turn %s: %s: %s", received.label, leg.name or "the provider", type(error).__name__)
        # What comes in the middle of an answer may be about that answer alone.
        if leg.key is not None and (not received.size or isinstance(error, errors.Unreachable)):
            _later(health.failed, leg.key, error, leg.model)

    def answered(leg: llm.Leg) -> None:
        if leg.key in plan.failing:
            _later(health.works, leg.key)

    return llm.Route(plan.legs, on_failure=failed, on_answer=answered)


def _later(mark: Callable[..., Any], *arguments: Any) -> None:
    task = asyncio.get_running_loop().create_task(_mark(mark, arguments), context=contextvars.Context())
    _marks.add(task)
    task.add_done_callback(_marks.discard)


async def _mark(mark: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        await conf.in_database(mark, *arguments)
    except Error as error:  # whoever meets it next marks it
        log.warning("could not mark an endpoint: %s", str(error).partition("\n")[0])
