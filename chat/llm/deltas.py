"""What a stream of an answer is made of, whichever protocol it came by."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FinishReason(StrEnum):
    """Why the provider says the answer ended. Only `complete` may be saved as a complete answer."""

    complete = "complete"
    length = "length"
    blocked = "blocked"
    tool_calls = "tool_calls"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A piece of the call at `index`. `id` and `name` come once, else ""; `arguments` are to be joined."""

    index: int
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The provider's own count, as it sent it."""

    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finish:
    reason: FinishReason
    raw: str | None


Delta = Text | Reasoning | Refusal | ToolCall | Usage | Finish

JOINED = 1000  # characters that pieces of text are joined up to


def joined(deltas: list[Delta]) -> list[Delta]:
    """The same, as one delta where they are a little text: what a tick brings is then gated, kept and told at once."""
    if len(deltas) < 2:
        return deltas
    texts = [delta.text for delta in deltas if type(delta) is Text]
    if len(texts) < len(deltas) or len(text := "".join(texts)) > JOINED:
        return deltas
    return [Text(text)]


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Cleaner:
    """Makes pieces of one channel storable: U+0000 and lone surrogates become U+FFFD.

    A surrogate pair whose halves came in two pieces is joined: the first half waits for the next piece.
    """

    __slots__ = ("_half",)

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        if not self._half and not _UNSTORABLE.search(text):
            return text
        text = self._half + text
        self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return clean(text)

    def finish(self) -> str:
        rest, self._half = self._half, ""
        return clean(rest)


def clean(text: str) -> str:
    """`text` with surrogate pairs joined, and U+0000 and lone surrogates as U+FFFD."""
    if not _UNSTORABLE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\x00", "\ufffd")
