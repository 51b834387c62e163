"""How much of a conversation a model is sent: counted in tokens where its window is known, else in characters."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EACH = 4  # tokens that a message takes besides its text

# First bytes, in UTF-8, of a character of so many bytes; all other bytes follow one.
_OF_TWO = bytes(range(0xC2, 0xE0))
_OF_THREE = bytes(range(0xE0, 0xF0))
_OF_FOUR = bytes(range(0xF0, 0xF5))
# A provider's count is believed between these: one that has cached, cut or otherwise left out a part counts less.
_LEAST, _MOST = 0.5, 4.0


@dataclass(frozen=True, slots=True)
class Budget:
    """`limit` is what instructions, question and earlier exchanges may take together: characters, or `in_tokens`."""

    limit: float
    instructions: str = ""
    in_tokens: bool = False

    @classmethod
    def of_window(cls, window: int, answer: int | None, instructions: str = "") -> Budget:
        """For a model that takes `window` tokens, of which `answer` (a quarter, where that is not said) are for its answer."""
        room = min(answer or window // 4, window * 3 // 4)
        return cls(window - room, instructions, in_tokens=True)

    def smaller(self, limit: float) -> Budget:
        return dataclasses.replace(self, limit=limit)

    def size(self, texts: list[str], correction: float) -> float:
        """What these messages take of it."""
        if self.in_tokens:
            return sum(tokens(text) + EACH for text in texts) * correction
        return sum(map(len, texts))


@dataclass(frozen=True, slots=True)
class Context:
    """`messages` (roles and contents) for the model, without the `left_out` oldest exchanges. `size` is theirs, in the
    budget's unit; `tokens` our own estimate, for comparing it with what the provider will have counted.
    """

    messages: list[dict[str, str]]
    left_out: int
    size: float
    tokens: int


def tokens(text: str) -> int:
    """About how many tokens a text is: four characters of ASCII each, two of another alphabet, one of Chinese, Japanese
    or Korean; an emoji is two. Real counts are 0.7 to 1.5 times that (https://github.com/openai/tiktoken, o200k_base).
    """
    if text.isascii():
        return -(-len(text) // 4)
    raw = text.encode("utf-8", "surrogatepass")
    two, three, four = (_count(raw, first) for first in (_OF_TWO, _OF_THREE, _OF_FOUR))
    return -(-(len(text) - two - three - four) // 4) + -(-two // 2) + three + 2 * four


def correction(usage: Mapping[str, Any] | None) -> float | None:
    """How many times our estimate the provider counted for an earlier answer of the branch; None where that is not known."""
    if not usage or usage.get("continued") or not usage.get("estimated"):
        return None
    counted = _counted(usage)
    if not counted:
        return None
    found = counted / usage["estimated"]
    return found if _LEAST <= found <= _MOST else None


def _counted(usage: Mapping[str, Any]) -> int:
    """Tokens of the question with all before it, in the words of any of the protocols."""
    for names in (
        ("prompt_tokens",),
        ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
        ("prompt_eval_count",),
    ):
        if isinstance(usage.get(names[0]), int):
            return sum(value for name in names if isinstance(value := usage.get(name), int))
    return 0


def _count(raw: bytes, which: bytes) -> int:
    return len(raw) - len(raw.translate(None, which))
