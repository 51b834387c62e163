"""The built-in demo model: an httpx transport that speaks the chat completions format.

It stands where the network would be, so a demo answer takes the same way through client, parser, gate and
page as any other. What it says is in demo_answers.py.
"""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx

from .demo_answers import NOTICE, STARTERS, answer
from .demo_documents import document

__all__ = ["NOTICE", "STARTERS", "DemoTransport"]

PACE = 50.0  # pieces a second, about as fast as a hosted model and as one can read along

_PIECE = re.compile(r"\s*\S{1,7}")


class DemoTransport(httpx.AsyncBaseTransport):
    """Answers every question with a stream, and lists one model. `pace` is in pieces a second, 0 for no waiting at all."""

    def __init__(self, pace: float = PACE, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pause = 1 / pace if pace else 0.0
        self._sleep = sleep

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"data": [{"id": "demo"}]})
        asked = json.loads(await request.aread())
        messages = [m for m in asked["messages"] if isinstance(m.get("content"), str)]
        begun = messages.pop()["content"] if messages and messages[-1]["role"] == "assistant" else ""
        shape = (asked.get("response_format") or {}).get("json_schema", {}).get("schema")
        question = messages[-1]["content"] if messages else ""
        text = document(shape, question) if shape is not None else answer(messages)
        text = text.removeprefix(begun)
        stream = _Stream(events(text, asked.get("model") or "demo"), self._pause, self._sleep)
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=stream)


class _Stream(httpx.AsyncByteStream):
    def __init__(
        self, parts: Iterator[bytes], pause: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._parts = parts
        self._pause = pause
        self._sleep = sleep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """A piece each pause, the first at once; for a reader who was away, all that would have come meanwhile."""
        clock = asyncio.get_running_loop().time
        began, slept, sent = clock(), 0.0, 0
        parts = list(self._parts)
        while sent < len(parts):
            due = len(parts)
            if self._pause:
                due = 1 + int(max(clock() - began, slept) / self._pause + 1e-6)
            if due <= sent:
                await self._sleep(self._pause)
                slept += self._pause
                continue
            yield b"".join(parts[sent:due])
            sent = due


def pieces(text: str) -> list[str]:
    """`text` cut about where a model's tokens would be: short pieces that begin with their space."""
    found = _PIECE.findall(text)
    rest = text[sum(map(len, found)) :]
    return [*found, rest] if rest else found


def events(text: str, model: str) -> Iterator[bytes]:
    """The wire bytes of an answer: one event per piece, then finish, usage and [DONE] together."""
    parts = pieces(text)
    for part in parts:
        yield _event(model, [{"index": 0, "delta": {"content": part}, "finish_reason": None}])
    usage = {"prompt_tokens": 0, "completion_tokens": len(parts), "total_tokens": len(parts)}
    yield b"".join(
        itertools.chain(
            (_event(model, [{"index": 0, "delta": {}, "finish_reason": "stop"}]),),
            (_event(model, [], usage=usage), b"data: [DONE]\n\n"),
        )
    )


def _event(model: str, choices: list[dict[str, Any]], **more: Any) -> bytes:
    chunk = {"id": "demo", "object": "chat.completion.chunk", "model": model, "choices": choices, **more}
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"
