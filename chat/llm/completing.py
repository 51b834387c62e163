"""One short answer, whole: for a model that is asked to judge, not to chat."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from . import retries
from .asked import Asked
from .client import Client
from .deltas import Finish, FinishReason, Reasoning, Refusal, Text, ToolCall
from .errors import ConnectionLost, ProviderError
from .refusals import refuses_temperature

MOST = 20_000  # characters of an answer and of what was thought before it, for a server that knows no limit of tokens


class Completion(NamedTuple):
    """`finish` is a FinishReason, or `refusal`. Only `complete` is a whole answer."""

    text: str
    finish: str


class Completer:
    """Asks one endpoint, at temperature 0 and without reasoning, where it can be asked that. Keep it: it remembers which
    models take no temperature.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._own_temperature: set[str] = set()

    async def __call__(
        self, messages: Sequence[Mapping[str, str]], *, model: str, max_tokens: int,
        timeout: float,  # noqa: ASYNC109 - a caller has one number, and the client keeps to it
        schema: Mapping[str, Any] | None = None,
    ) -> Completion:  # fmt: skip
        """What the model says; its reasoning is left out. `model` "" is the endpoint's own, `timeout` in seconds.

        Raises ProviderError, sealed and `retryable` only where asking at once again can help; a stream that ends without
        saying that it was done is a ConnectionLost. It never asks again by itself, but where a model refuses the temperature.
        """
        parameters: dict[str, Any] = {"max_tokens": max_tokens}
        if model not in self._own_temperature:
            parameters["temperature"] = 0
        asked = Asked(messages, model, parameters, schema, reasoning=False)
        try:
            return await self._answer(asked, timeout)
        except ProviderError as error:
            if "temperature" in parameters and refuses_temperature(error):
                self._own_temperature.add(model)
                return await self(
                    messages, model=model, max_tokens=max_tokens, timeout=timeout, schema=schema
                )
            error.retryable = retries.passes(error)
            raise

    async def _answer(self, asked: Asked, seconds: float) -> Completion:
        text: list[str] = []
        size, refused, called = 0, False, False
        finish = ""
        batches = self._client.batches(asked, label="- (a check)", seconds=seconds, once=True)
        async with contextlib.aclosing(batches):
            # Up to the end, though all has been said: a connection that was read to its end is used again.
            async for batch in batches:
                for delta in batch:
                    if isinstance(delta, Finish):
                        finish = "refusal" if refused else "tool_calls" if called else str(delta.reason)
                    elif isinstance(delta, Text | Reasoning | Refusal):
                        size += len(delta.text)
                        refused |= isinstance(delta, Refusal)
                        if isinstance(delta, Text):
                            text.append(delta.text)
                    elif isinstance(delta, ToolCall):
                        called = True
                if size > MOST:
                    return Completion("".join(text), str(FinishReason.length))
        if not finish:
            raise ConnectionLost("phase=body: the answer ended without saying that it was done")
        return Completion("".join(text), finish)
