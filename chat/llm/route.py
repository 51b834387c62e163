"""One answer from the first of several endpoints that begins it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .asked import Asked
from .client import Client
from .deltas import Delta
from .errors import ContextTooLong, ProviderError, RequestBlocked, RequestRefused, TooLarge, TotalTimeout

log = logging.getLogger("chat.llm")

# What another endpoint would not cure, or (a provider's own content rules) shall not be asked to go around.
_FINAL = (RequestBlocked, TooLarge, TotalTimeout)


@dataclass(frozen=True, slots=True)
class Leg:
    """One endpoint of a route: its client, the model it is asked for ("": its own), and for people its name. `key` is
    whatever the caller knows it by, `window` how many tokens to make room for there.
    """

    client: Client
    model: str
    name: str = ""
    key: Any = None
    window: int | None = None


class Route:
    """Asks the first leg; where that fails before the first delta in a way another may cure, the next, and so on.

    To be used as a Client is, for one turn. `answered` is the leg that began the answer: when the rest of it is asked
    for, that one is asked first. `failures` are all that failed, in order. `on_failure` and `on_answer` are called on
    the event loop as it happens; the error is sealed.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        *,
        on_failure: Callable[[Leg, ProviderError], None] | None = None,
        on_answer: Callable[[Leg], None] | None = None,
    ) -> None:
        if not legs:
            raise ValueError("a route needs a leg")
        self.legs = list(legs)
        self.answered: Leg | None = None
        self.failures: list[tuple[Leg, ProviderError]] = []
        self._on_failure = on_failure
        self._on_answer = on_answer

    @property
    def continues(self) -> bool:
        """Whether any of them goes on with a given beginning of an answer."""
        return any(leg.client.continues for leg in self.legs)

    @property
    def total_timeout(self) -> float:
        """Seconds for everything, failures included."""
        return max(leg.client.total_timeout for leg in self.legs)

    async def batches(
        self, asked: Asked, *, label: str, seconds: float | None = None
    ) -> AsyncGenerator[Sequence[Delta], None]:
        """As `Client.batches`. Each leg is asked for its own model and window. A beginning is given only to legs that go on with
        one, and where there is none it is a RequestRefused. If all fail: what the first one said, or what a later one said of which the person can make more.
        """
        clock = asyncio.get_running_loop().time
        total = self.total_timeout
        deadline = clock() + (total if seconds is None else min(seconds, total))
        legs = self._order(asked)
        errors: list[ProviderError] = []
        if not legs:
            raise RequestRefused("no endpoint goes on with the beginning of an answer")
        for number, leg in enumerate(legs, 1):
            begun = False
            try:
                parts = leg.client.batches(
                    dataclasses.replace(asked, model=leg.model, window=leg.window),
                    label=label, seconds=deadline - clock(), brisk=number < len(legs),
                )  # fmt: skip
                async with contextlib.aclosing(parts):
                    async for batch in parts:
                        if batch and not begun:
                            begun = True
                            self._begins(leg)
                        yield batch
                return
            except ProviderError as error:
                self._failed(leg, error)
                errors.append(error)
                if begun or isinstance(error, _FINAL):
                    raise
                if number == len(legs) or clock() >= deadline:
                    raise min(errors, key=_use) from None
                log.info("turn %s: the next endpoint after %s", label, type(error).__name__)

    def _order(self, asked: Asked) -> list[Leg]:
        legs = self.legs
        if asked.beginning.text.strip():
            legs = [leg for leg in legs if leg.client.continues]
        return sorted(legs, key=lambda leg: leg is not self.answered)

    def _begins(self, leg: Leg) -> None:
        self.answered = leg
        if self._on_answer is not None:
            self._on_answer(leg)

    def _failed(self, leg: Leg, error: ProviderError) -> None:
        self.failures.append((leg, error))
        if self._on_failure is not None:
            self._on_failure(leg, error)


def _use(error: ProviderError) -> int:
    """The less, the more the person can do with it: change the question, try again, or only tell somebody."""
    if isinstance(error, ContextTooLong):
        return 0
    return 1 if error.retryable else 2
