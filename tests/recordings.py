"""The recorded answers of the shared cases, and what each must come to."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from chat.llm import (
    Client,
    Delta,
    Finish,
    FinishReason,
    ProviderError,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    Usage,
)
from tests.asking import endpoint, read
from tests.material import folder, load

# The recordings' own words for an end, and what they come to.
ENDS = {
    "end_turn": FinishReason.complete, "stop": FinishReason.complete, "length": FinishReason.length,
    "max_tokens": FinishReason.length, "tool_use": FinishReason.tool_calls,
    "tool_calls": FinishReason.tool_calls, "refusal": FinishReason.blocked,
    "content_filter": FinishReason.blocked,
}  # fmt: skip
PROTOCOLS = {"openai-chat": "openai", "anthropic": "anthropic", "ollama": "ollama"}


def answer(deltas: list[Delta]) -> dict[str, Any]:
    """The deltas joined, in the shape of the shared cases' `expected`."""
    calls: dict[int, dict[str, str]] = {}
    whole: dict[str, Any] = {"text": "", "reasoning": "", "refusal": "", "usage": None, "finish_reason": None}
    for delta in deltas:
        match delta:
            case Text(text):
                whole["text"] += text
            case Reasoning(text):
                whole["reasoning"] += text
            case Refusal(text):
                whole["refusal"] += text
            case Usage(data):
                whole["usage"] = data
            case Finish(_, raw):
                whole["finish_reason"] = raw
            case ToolCall(index, identity, name, arguments):
                call = calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
                call["id"] += identity
                call["name"] += name
                call["arguments"] += arguments
    return {**whole, "tool_calls": [calls[i] for i in sorted(calls)]}


def check(deltas: list[Delta], expected: dict[str, Any]) -> None:
    """What a recording says of itself, in the words of its protocol."""
    whole = answer(deltas)
    for channel in ("text", "reasoning"):
        if f"{channel}_sha256" in expected:
            assert hashlib.sha256(whole[channel].encode()).hexdigest() == expected[f"{channel}_sha256"]
        else:
            assert whole[channel] == expected.get(channel, "")
    assert whole["refusal"] == expected.get("refusal", "")
    assert whole["tool_calls"] == [_call(call) for call in expected.get("tool_calls", [])]
    reasons = ("finish_reason", "stop_reason", "done_reason")
    assert whole["finish_reason"] == next((expected[name] for name in reasons if name in expected), None)
    assert whole["usage"] == expected.get("usage")
    ended = [type(delta) for delta in deltas if isinstance(delta, Finish)]
    assert len(ended) == (whole["finish_reason"] is not None)


def _call(call: dict[str, Any]) -> dict[str, str]:
    """Ollama gives arguments as an object, and often no id."""
    arguments = call["arguments"]
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False)
    return {**call, "id": call["id"] or "", "arguments": arguments}


def recordings(dialect: str = "", *, core: bool | None = None) -> list[dict[str, Any]]:
    found = [c for c in load("1-streams/cases.jsonl") if c["dialect"] == (dialect or c["dialect"])]
    return [c for c in found if core is None or c["core"] == core]


def body_of(case: dict[str, Any]) -> bytes:
    return (folder() / "1-streams" / case["file"]).read_bytes()  # type: ignore[operator]


def asked_in_pieces(case: dict[str, Any], size: int) -> list[Delta]:
    """What the client makes of a recording that comes in pieces of `size` bytes."""
    body = body_of(case)
    return asked_in(case, [body[at : at + size] for at in range(0, len(body), size)])


def asked_in(case: dict[str, Any], pieces: list[bytes]) -> list[Delta]:
    """What the client makes of a recording that comes in these pieces."""
    deltas: list[Delta] = []
    asyncio.run(_asked(case, pieces, deltas))
    return deltas


def asked_for_a_part(case: dict[str, Any], body: bytes) -> list[Delta]:
    """What the client has made of the recording when only this beginning of it has come."""
    deltas: list[Delta] = []
    with contextlib.suppress(ProviderError):
        asyncio.run(_asked(case, [body], deltas))
    return deltas


async def _asked(case: dict[str, Any], pieces: list[bytes], into: list[Delta]) -> None:
    kind = case.get("content_type") or (
        "application/x-ndjson" if case["dialect"] == "ollama" else "text/event-stream"
    )

    class Body(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": kind}, stream=Body())

    client = Client(endpoint("http://h", protocol=PROTOCOLS[case["dialect"]]), httpx.MockTransport(respond))
    try:
        await read(client, into)
    finally:
        await client.aclose()
