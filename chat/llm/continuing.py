"""An answer that goes on where it was: how a provider is given its beginning, and what comes back is joined to it.

A beginning is sent without the blanks at its end. Anthropic's models refuse one that ends in blanks, vLLM answered 400
(https://github.com/vllm-project/vllm/issues/9547), chat templates trim them, and a token of blanks cut in two is written
badly by any model. So a continuation may begin with blanks that are there already: those are dropped, one by one, up
to the first that differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .deltas import Delta, Finish, Text
from .errors import (
    ConnectionLost,
    FirstByteTimeout,
    IdleTimeout,
    NoAnswer,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFault,
    Unreachable,
    Unreadable,
)

CERTAIN = 32  # characters from which on a repeated beginning is no chance

# What ends an answer without being its end. Not a limit of ours, nor a refusal: those would only be met again.
_BREAKS = (
    Unreachable, Overloaded, RateLimited, ServerFault, FirstByteTimeout, IdleTimeout, ConnectionLost, NoAnswer,
    Unreadable,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is there of an answer. A `text` of blanks alone gives a model nothing to go on from."""

    text: str = ""
    reasoning: str = ""


NOTHING = Beginning()


def broke_off(error: ProviderError) -> bool:
    """Whether an answer that ended so may be asked for again from where it was."""
    return isinstance(error, _BREAKS) and not error.after_end


def render(beginning: Beginning, continues: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The messages to add to a request and the fields to set in it, for a provider that `continues` in this way.

    - `assistant`: a last message of the assistant's is gone on with. llama.cpp
      (https://github.com/ggml-org/llama.cpp/pull/13174; models that think refuse it, pull/15404), OpenRouter
      (https://openrouter.ai/docs/api-reference/overview, "Assistant Prefill"), Groq
      (https://console.groq.com/docs/prefilling), LMDeploy.
    - `vllm`: vLLM begins a new message after such a one unless told otherwise
      (https://github.com/vllm-project/vllm/pull/8942); SGLang knows the same names.
    - `prefix`: the message is marked. DeepSeek, at `https://api.deepseek.com/beta`, where it takes the reasoning too
      (https://api-docs.deepseek.com/guides/chat_prefix_completion), and Mistral.
    """
    text = beginning.text.rstrip()
    if not text:
        return [], {}
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if continues == "vllm":
        return [message], {"continue_final_message": True, "add_generation_prompt": False}
    if continues == "prefix":
        message["prefix"] = True
        if beginning.reasoning:
            message["reasoning_content"] = beginning.reasoning
    return [message], {}


class Seam:
    """The text of a continuation in, what follows the beginning out.

    Some servers send the beginning once more before they go on. It is dropped where that is certain: repeated whole, at
    least CERTAIN characters, and not itself a repetition (a refrain, a row of dashes), which may well come again.
    Until then it waits, and what of it waits when the answer breaks off is dropped: it is asked for again.
    """

    def __init__(self, beginning: str) -> None:
        self._beginning = beginning.rstrip()
        self._blanks = beginning[len(self._beginning) :]
        self._repeated = (
            0 if len(self._beginning) >= CERTAIN and not _periodic(self._beginning[:2000]) else -1
        )

    def joined(self, batch: Sequence[Delta]) -> list[Delta]:
        """A batch of deltas, with only the text that is new."""
        found: list[Delta] = []
        for delta in batch:
            if isinstance(delta, Text):
                text = self.feed(delta.text)
            elif isinstance(delta, Finish):
                text = self.finish()
                found.append(delta)
            else:
                text = ""
                found.append(delta)
            if text:
                found.insert(len(found) - isinstance(delta, Finish), Text(text))
        return found

    def feed(self, text: str) -> str:
        if self._repeated >= 0:
            at, self._repeated = self._repeated, -1
            rest = self._beginning[at : at + len(text)]
            if text.startswith(rest) and at + len(rest) == len(self._beginning):
                text = text[len(rest) :]
            elif text == rest:
                self._repeated = at + len(text)
                return ""
            else:
                text = self._beginning[:at] + text
        if not self._blanks:
            return text
        same = 0
        for mine, its in zip(self._blanks, text, strict=False):
            if mine != its:
                break
            same += 1
        self._blanks = self._blanks[same:] if same == len(text) else ""
        return text[same:]

    def finish(self) -> str:
        """The answer has ended properly: what waited was no repetition."""
        at, self._repeated = self._repeated, -1
        return self.feed(self._beginning[:at]) if at > 0 else ""


def _periodic(text: str) -> bool:
    """Whether it is one and the same piece, at least twice."""
    half = text[: (len(text) + 1) // 2]
    at = text.find(half, 1)
    while at != -1 and at <= len(text) // 2:
        if text.startswith(text[at:]):
            return True
        at = text.find(half, at + 1)
    return False
