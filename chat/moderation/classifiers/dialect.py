"""What a dialect of classifiers is: how a text is put to one, and how its reply is read. No I/O.

A dialect is a class in one small file, and one line in `DIALECTS`. Its object holds what an administrator has set.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from ..verdict import Role, Severity
from .lines import Address, Complete, Unanswered
from .strict import NotAVerdict

QUESTION, BEFORE = 2_000, 1_000  # code points of context that go along


@dataclass(frozen=True, slots=True)
class Part:
    """What one request judges: `text`. `question` and `before`, its context, may be empty; `role` is who wrote it."""

    text: str
    question: str = ""
    before: str = ""
    role: Role = "assistant"


class Golden(NamedTuple):
    """A text whose judgement is known. `question`: what it answers; without one it is a person's own words."""

    text: str
    question: str = ""


class Category(NamedTuple):
    """What a text is said to be. `rule` names it, `reason` is a sentence for people."""

    rule: str
    reason: str
    score: float | None = None
    threshold: float | None = None


class Judgement(NamedTuple):
    """Of one part. No severity: it passes."""

    severity: Severity | None
    categories: tuple[Category, ...] = ()


PASS = Judgement(None)


class BadClassifier(ValueError):
    """A classifier that cannot be used as it is set. Its text is a sentence for the person who set it."""


class Dialect(ABC):
    """`who` begins sentences about it. `part`: code points in one request, of which the next repeats `overlap`.

    `item` is the classifier in a policy's definition. Raises BadClassifier.
    """

    who: ClassVar[str]
    part: ClassVar[int] = 4_000
    overlap: ClassVar[int] = 400
    good: ClassVar[tuple[Golden, ...]]
    bad: ClassVar[tuple[Golden, ...]]

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.model = str(item.get("model") or "")

    def lacks(self, good: Sequence[str], bad: Sequence[str]) -> list[str]:
        """Sentences on what a proof needs beside the administrator's own known texts."""
        return []

    @abstractmethod
    async def ask(self, line: Any, part: Part, seconds: float) -> Judgement:
        """Raises NotAVerdict for a reply that is none, and what `line` raises."""


class Posted(Dialect):
    """One whose server is sent a JSON document at `path`, beside the chat's. Its line is an Address."""

    path: ClassVar[str]

    @abstractmethod
    def body(self, part: Part) -> dict[str, Any]: ...

    @abstractmethod
    def read(self, reply: bytes, part: Part) -> Judgement: ...

    async def ask(self, line: Address, part: Part, seconds: float) -> Judgement:
        status, reply, wait = await line.post(line.url, self.body(part), key=line.key, timeout=seconds)
        if status != 200:
            passing = status in (408, 429) or 500 <= status < 600
            raise Unanswered(status, retryable=passing, wait=wait)
        return self.read(reply, part)


@dataclass(frozen=True, slots=True)
class Prompt:
    """`mark`: a nonce that the reply has to repeat, where the dialect has one."""

    messages: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any] | None = None
    mark: str = ""


class Chatted(Dialect):
    """One that is a chat model. Its line is a `Complete`. `longest`: tokens of a reply."""

    longest: ClassVar[int] = 128

    @abstractmethod
    def prompt(self, part: Part) -> Prompt: ...

    @abstractmethod
    def read(self, reply: str, prompt: Prompt) -> Judgement: ...

    async def ask(self, line: Complete, part: Part, seconds: float) -> Judgement:
        prompt = self.prompt(part)
        completion = await line(
            prompt.messages, model=self.model, max_tokens=self.longest, timeout=seconds, schema=prompt.schema
        )
        if completion.finish != "complete":
            raise NotAVerdict("its reply is not whole")
        return self.read(completion.text, prompt)
