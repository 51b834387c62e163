"""What a provider has sent of an answer, over one request or several."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from .. import llm
from ..models import Finish, bodies

log = logging.getLogger("chat.generation")

_FINISH = {
    llm.FinishReason.complete: Finish.COMPLETE,
    llm.FinishReason.length: Finish.LENGTH,
    llm.FinishReason.blocked: Finish.BLOCKED,
    llm.FinishReason.tool_calls: Finish.TOOL_CALLS,
}
_LOOSE = 64  # pieces of text; a token of five characters takes sixty bytes as one
CUT_OFF = "The answer broke off before its end. You can continue it or try again."
BLOCKED = "The model's provider stopped this answer under its own content rules."


@dataclass
class Received:
    """`size` is in characters, of all channels. `ended`: the provider has said why. `continued`: it was given what is
    here as a beginning.
    """

    label: str
    # Pieces, joined when they are needed: adding to a string of 400,000 characters copies it each time.
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    size: int = 0
    joined: int = 0  # how many of the first pieces of text are made of others
    usage: dict[str, Any] | None = None
    finish: Finish = Finish.BROKEN
    sentence: str = CUT_OFF
    ended: bool = False
    continued: bool = False
    waited: float = 0.0  # seconds for which the provider was waited for until it sent text

    def take(self, delta: llm.Delta) -> str:
        """Keep it; the text in it, which a gate looks at before it is shown."""
        if isinstance(delta, llm.Text):
            self.keep(self.text, delta.text)
            if len(self.text) - self.joined > _LOOSE:
                self.text[self.joined :] = ["".join(self.text[self.joined :])]
                self.joined += 1
            return delta.text
        if isinstance(delta, llm.Reasoning):
            self.keep(self.reasoning, delta.text)
        elif isinstance(delta, llm.Refusal):
            self.keep(self.refusal, delta.text)
        elif isinstance(delta, llm.Usage):
            # Of the last request alone: what was cut off before it told no count.
            self.usage = {**delta.data, "continued": True} if self.continued else delta.data
        elif isinstance(delta, llm.Finish):
            self.ended = True
            self.finish = _FINISH.get(delta.reason, Finish.BROKEN)
            self.sentence = {Finish.BLOCKED: BLOCKED, Finish.BROKEN: CUT_OFF}.get(self.finish, "")
            if self.finish == Finish.BROKEN:
                log.warning("turn %s: the provider ended with the unknown reason %r", self.label, delta.raw)
        return ""

    def keep(self, channel: list[str], text: str) -> None:
        if text:
            channel.append(text)
            self.size += len(text)

    def beginning(self) -> llm.Beginning:
        return llm.Beginning("".join(self.text), "".join(self.reasoning))

    def forget(self) -> None:
        """It starts over."""
        self.text, self.reasoning, self.refusal = [], [], []
        self.size, self.joined, self.continued = 0, 0, False

    def body(self) -> str:
        """As it is frozen, or nothing where there is neither text nor a refusal."""
        if not self.text and not self.refusal:
            return ""
        return bodies.compose("".join(self.text), "".join(self.reasoning), "".join(self.refusal))
