"""What a provider has sent of an answer, over one request or several."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .. import llm
from ..events import Kind
from ..models import Finish
from .said import Delta, Said

log = logging.getLogger("chat.generation")

_FINISH = {
    llm.FinishReason.complete: Finish.COMPLETE,
    llm.FinishReason.length: Finish.LENGTH,
    llm.FinishReason.blocked: Finish.BLOCKED,
    llm.FinishReason.tool_calls: Finish.TOOL_CALLS,
}
CUT_OFF = "The answer broke off before its end. You can continue it or try again."
BLOCKED = "The model's provider stopped this answer under its own content rules."
EMPTY = "The model ended without writing anything. Try again."
THOUGHT_ONLY = "The model ended after its reasoning, without an answer. Try again."


@dataclass
class Received:
    """`reasoning`: whether reasoning is wanted; what comes of it all the same is dropped. `ended`: the provider has said
    why. `continued`: it was given what is here as a beginning. `longest`: characters of all channels together; what goes
    beyond is cut off to the character, however it came in pieces, and the answer is then `full`.
    """

    label: str
    reasoning: bool = True
    longest: int = sys.maxsize
    full: bool = False
    said: Said = field(default_factory=Said)
    usage: dict[str, Any] | None = None
    finish: Finish = Finish.BROKEN
    sentence: str = CUT_OFF
    ended: bool = False
    continued: bool = False
    waited: float = 0.0  # seconds for which the provider was waited for until it sent something to read
    thinking: float | None = None  # since when it reasons, on the monotonic clock

    @property
    def size(self) -> int:
        return self.said.size

    def take_all(self, batch: Iterable[llm.Delta]) -> list[Delta]:
        """Keep them, until it is `full`."""
        found = []
        for delta in batch:
            if (said := self.take(delta)) is not None:
                found.append(said)
            if self.full:
                break
        return found

    def take(self, delta: llm.Delta) -> Delta | None:
        """Keep it; what in it a person may read, once a gate has let it through."""
        if isinstance(delta, llm.Text):  # nearly always
            if self.thinking is not None:
                self.rest()
            text = self._fitting(delta.text)
            self.said.write(Kind.TEXT, text)
            return Kind.TEXT, {"text": text}
        if isinstance(delta, llm.Reasoning):
            return self._keep(Kind.REASONING, delta.text) if self.reasoning else None
        if isinstance(delta, llm.Refusal):
            return self._keep(Kind.REFUSAL, delta.text)
        if isinstance(delta, llm.ToolCall):
            self.rest()
            if self.said.size + len(delta.name) > self.longest:
                self.full = True  # half a name would be another tool's
                return None
            text = self._fitting(delta.arguments, beside=len(delta.name))
            data = {"index": delta.index, "id": delta.id, "name": delta.name, "text": text}
            self.said.add(Kind.TOOL, data)
            return Kind.TOOL, data
        if isinstance(delta, llm.Usage):
            # Of the last request alone: what was cut off before it told no count.
            self.usage = {**delta.data, "continued": True} if self.continued else delta.data
        elif isinstance(delta, llm.Finish):
            self.ended = True
            self.finish = _FINISH.get(delta.reason, Finish.BROKEN)
            self.sentence = {Finish.BLOCKED: BLOCKED, Finish.BROKEN: CUT_OFF}.get(self.finish, "")
            if self.finish == Finish.BROKEN:
                log.warning("turn %s: the provider ended with the unknown reason %r", self.label, delta.raw)
        return None

    def _keep(self, kind: Kind, text: str) -> Delta | None:
        if not text:
            return None
        if kind is not Kind.REASONING:
            self.rest()
        elif self.thinking is None:
            self.thinking = time.monotonic()
        text = self._fitting(text)
        self.said.write(kind, text)
        return kind, {"text": text}

    def _fitting(self, text: str, beside: int = 0) -> str:
        """As much of it as there is room for."""
        room = self.longest - self.said.size - beside
        if len(text) <= room:
            return text
        self.full = True
        return text[:room]

    def rest(self) -> None:
        """It does not reason any more, for now."""
        if self.thinking is not None:
            took = round((time.monotonic() - self.thinking) * 1000)
            self.said.milliseconds = (self.said.milliseconds or 0) + took
            self.thinking = None

    def beginning(self) -> llm.Beginning:
        return llm.Beginning(self.said.text(Kind.TEXT), self.said.text(Kind.REASONING))

    def forget(self) -> None:
        """It starts over."""
        self.said, self.continued, self.thinking = Said(), False, None

    def conclude(self) -> None:
        """Nothing more comes: how it ended, for what there is of it."""
        self.rest()
        if self.said.has(Kind.TOOL) and self.finish == Finish.COMPLETE:
            self.finish = Finish.TOOL_CALLS  # some servers call every end a stop
        if self.said.answers or self.finish == Finish.STOPPED:
            return
        # Whatever the provider calls it, it is no answer.
        if self.sentence in {"", CUT_OFF}:
            self.finish, self.sentence = Finish.BROKEN, THOUGHT_ONLY if self.said else EMPTY
        elif self.finish == Finish.LENGTH:
            self.finish = Finish.BROKEN
