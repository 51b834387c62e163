"""Classifiers: checkers that ask a server what a text is. Each dialect of them is one small file."""

from collections.abc import Mapping
from typing import Any

from ..verdict import Role
from .breaker import Breaker
from .classifier import Classifier
from .dialect import BadClassifier, Chatted, Dialect, Golden, Judgement, Part, Posted
from .judge import Judge
from .lines import Address, Complete, Completion, Post, Unanswered
from .llama_guard_3 import LlamaGuard3
from .moderations import Moderations
from .proving import Closed, Proof, Proven, prove, prove_classifier, unproven
from .qwen3guard import Qwen3Guard
from .strict import NotAVerdict

__all__ = [
    "DIALECTS", "Address", "BadClassifier", "Breaker", "Chatted", "Classifier", "Closed", "Complete", "Completion",
    "Dialect", "Golden", "Judgement", "NotAVerdict", "Part", "Post", "Posted", "Proof", "Proven", "Unanswered",
    "build", "dialect_of", "prove", "prove_classifier", "unproven",
]  # fmt: skip

# By the kind that a policy's definition names. `endpoint` is the one of the environment, of before there were others.
DIALECTS: dict[str, type[Dialect]] = {
    "moderations": Moderations,
    "endpoint": Moderations,
    "llama-guard-3": LlamaGuard3,
    "qwen3guard": Qwen3Guard,
    "judge": Judge,
}

TIMEOUT = 10.0  # seconds, where an item names none
LEAST_TIMEOUT, MOST_TIMEOUT = 0.1, 120.0
MOST_TEXTS, LONGEST_TEXT = (
    20,
    8_000,
)  # known texts of an administrator's own, of each kind; code points of one


def dialect_of(item: Mapping[str, Any]) -> Dialect:
    """The dialect of a classifier as a policy defines it. Raises BadClassifier with a sentence for an administrator."""
    made = DIALECTS.get(str(item.get("kind")))
    if made is None:
        raise BadClassifier(f"This version of Sluice knows no classifier of the kind {item.get('kind')!r}.")
    return made(item)


def build(
    item: Mapping[str, Any], line: Any, *, name: str = "", timeout: float | None = None, role: Role = "assistant",
    key: str | None = None,
) -> Classifier:  # fmt: skip
    """The classifier that an item of a policy's definition describes, asking through `line` (an Address, or a Complete).

    `role` wrote what it judges; `key` is kept out of what it says. Raises BadClassifier.
    """
    dialect = dialect_of(item)
    seconds = _seconds(item) if timeout is None else timeout
    return Classifier(
        name or str(item.get("name") or item["kind"])[:64], dialect, line, timeout=seconds, role=role, key=key,
        good=_texts(item, "good"), bad=_texts(item, "bad"),
    )  # fmt: skip


def _seconds(item: Mapping[str, Any]) -> float:
    seconds = item.get("timeout", TIMEOUT)
    if not isinstance(seconds, int | float) or not LEAST_TIMEOUT <= seconds <= MOST_TIMEOUT:
        raise BadClassifier(f"A classifier's time is {LEAST_TIMEOUT:g} to {MOST_TIMEOUT:g} seconds.")
    return seconds


def _texts(item: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    texts = item.get(kind) or ()
    if (
        not isinstance(texts, list | tuple)
        or len(texts) > MOST_TEXTS
        or not all(isinstance(text, str) and text.strip() and len(text) <= LONGEST_TEXT for text in texts)
    ):
        raise BadClassifier(
            f"The known-{kind} texts are at most {MOST_TEXTS}, each of 1 to {LONGEST_TEXT:,} characters."
        )
    return tuple(texts)
