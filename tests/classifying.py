"""Classifiers whose servers are functions: what was asked is kept, and what is replied is what a test says."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chat.moderation import Classifier, Result, Subject
from chat.moderation.classifiers import Address, Completion, build

KEY = "sk-very-private"
URL = "https://moderation.test/v1/moderations"
QUESTION = "Which planet is nearest to the Sun?"


class Posts:
    """A fake `post`: answers each request with what `reply` makes of its input, and remembers them."""

    def __init__(self, reply: Any, status: int = 200, wait: float | None = None) -> None:
        self.reply, self.status, self.wait = reply, status, wait
        self.requests: list[tuple[str, Any, str | None, float]] = []

    async def __call__(
        self, url: str, body: Any, *, key: str | None, timeout: float
    ) -> tuple[int, bytes, float | None]:
        self.requests.append((url, body, key, timeout))
        reply = self.reply(body["input"]) if callable(self.reply) else self.reply
        if isinstance(reply, BaseException):
            raise reply
        raw = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        return self.status, raw, self.wait


class Chats:
    """A fake `complete`: as `Posts`, given the last message."""

    def __init__(self, reply: Any, finish: str = "complete") -> None:
        self.reply, self.finish = reply, finish
        self.requests: list[Sequence[Mapping[str, str]]] = []
        self.options: list[dict[str, Any]] = []

    async def __call__(self, messages: Sequence[Mapping[str, str]], **options: Any) -> Completion:
        self.requests.append(messages)
        self.options.append(options)
        reply = self.reply(messages) if callable(self.reply) else self.reply
        if isinstance(reply, BaseException):
            raise reply
        return Completion(reply, self.finish)


async def no_pause(_: float) -> None:
    """In the place of sleeping between retries."""


def made(item: dict[str, Any], line: Any, **options: Any) -> Classifier:
    """A classifier of this item through a fake; `Posts` gets an address and a key."""
    line = Address(line, URL, KEY) if isinstance(line, Posts) else line
    built = build(item, line, key=KEY, **options)
    built._sleep = no_pause
    return built


def check(built: Classifier, channels: Any = None, **subject: Any) -> Result:
    """Its result, which never holds the key."""
    result = asyncio.run(built.check(Subject(channels or {"text": "Hello, 😀."}, **subject)))
    assert result.checker == built.name
    assert KEY not in repr(result)
    assert KEY not in repr(built)
    return result


def verdict(flagged: bool = False, **more: Any) -> dict[str, Any]:
    """A reply of `/v1/moderations`, with fields of its one result."""
    result = {
        "flagged": flagged,
        "categories": {"violence": flagged, "hate": False},
        "category_scores": {"violence": 0.9, "hate": 0.1},
    }
    return {"id": "modr-1", "model": "another-version", "results": [result | more]}


def judged(messages: Sequence[Mapping[str, str]], verdict: str = "pass", **more: Any) -> str:
    """The reply of a judge to what it was asked, with its id."""
    said = {"id": mark(messages), "reason": "Because.", "verdict": verdict, "categories": []}
    return json.dumps(said | more)


def mark(messages: Sequence[Mapping[str, str]]) -> str:
    """The id of what a judge was asked."""
    return messages[-1]["content"].split(" ")[2]


def outcomes(build: Callable[[Any], Classifier], replies: Sequence[Any]) -> list[str]:
    """What becomes of each reply."""
    return [check(build(reply)).outcome for reply in replies]
