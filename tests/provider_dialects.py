"""The words in which the fake provider speaks: those of the path it is asked at. A script is the same in each."""

import base64
import json
from typing import Any


class Chat:
    """Chat completions."""

    kind = "text/event-stream"

    def body(self, step: str, values: list[Any]) -> bytes:
        """What a step of a script puts into the body; nothing where this dialect says it later, or not at all."""
        if step == "raw":
            return values[0].encode()
        if step == "bytes":
            return base64.b64decode(values[0])
        return self.said(step, values)

    def said(self, step: str, values: list[Any]) -> bytes:
        if step == "done":
            return b"data: [DONE]\n\n"
        chunk: dict[str, Any] = {
            "id": "fake",
            "object": "chat.completion.chunk",
            "model": "fake",
            "choices": [],
        }
        if step == "usage":
            chunk["usage"] = values[0]
        elif step == "event":
            chunk = values[0]
        else:
            delta = {"text": "content", "reasoning": "reasoning_content", "refusal": "refusal"}
            filled = {delta[step]: values[0]} if step in delta else {}
            reason = values[0] if step == "finish" else None
            chunk["choices"] = [{"index": 0, "delta": filled, "finish_reason": reason}]
        return b"data: " + json.dumps(chunk).encode() + b"\n\n"


class Messages(Chat):
    """Anthropic's. Blocks open and close as text and thoughts take turns."""

    REASONS = {
        "stop": "end_turn",
        "length": "max_tokens",
        "content_filter": "refusal",
        "tool_calls": "tool_use",
    }

    def __init__(self) -> None:
        self._open = ""
        self._index = -1
        self._began = False
        self._usage: dict[str, Any] = {}
        self._reason: str | None = None

    def said(self, step: str, values: list[Any]) -> bytes:
        if step == "usage":
            counted = values[0]
            self._usage = {
                "input_tokens": counted.get("prompt_tokens", 0), "output_tokens": counted.get("completion_tokens", 0)
            }  # fmt: skip
            return b""
        if step == "finish":
            self._reason = self.REASONS.get(values[0], values[0])
            return b""
        if step == "event":
            return self._event("error", **values[0]) if "error" in values[0] else self._named(values[0])
        if step == "done":
            told = self._begin() + self._close()
            if self._reason is not None:
                delta = {"stop_reason": self._reason, "stop_sequence": None}
                told += self._event("message_delta", delta=delta, usage=self._usage)
            return told + self._event("message_stop")
        block = "thinking" if step == "reasoning" else "text"
        told = self._begin()
        if block != self._open:
            told += self._close()
            self._open, self._index = block, self._index + 1
            start = {"type": block, block: ""}
            told += self._event("content_block_start", index=self._index, content_block=start)
        delta = {"type": f"{block}_delta", block: values[0]}
        return told + self._event("content_block_delta", index=self._index, delta=delta)

    def _begin(self) -> bytes:
        if self._began:
            return b""
        self._began = True
        message = {"id": "fake", "type": "message", "role": "assistant", "content": [], "model": "fake"}
        return self._event("message_start", message=message) + self._event("ping")

    def _close(self) -> bytes:
        if not self._open:
            return b""
        self._open = ""
        return self._event("content_block_stop", index=self._index)

    def _event(self, kind: str, **fields: Any) -> bytes:
        return self._named({"type": kind, **fields})

    def _named(self, fields: dict[str, Any]) -> bytes:
        return f"event: {fields.get('type', 'message')}\ndata: {json.dumps(fields)}\n\n".encode()


class Lines(Chat):
    """Ollama's own."""

    kind = "application/x-ndjson"

    def __init__(self) -> None:
        self._usage: dict[str, Any] = {}
        self._reason: str | None = None

    def said(self, step: str, values: list[Any]) -> bytes:
        if step == "usage":
            counted = values[0]
            self._usage = {
                "prompt_eval_count": counted.get("prompt_tokens"), "eval_count": counted.get("completion_tokens")
            }  # fmt: skip
            return b""
        if step == "finish":
            self._reason = values[0]
            return b""
        if step == "event":
            return json.dumps(values[0]).encode() + b"\n"
        if step == "done":
            end = {"done": True, "done_reason": self._reason, **self._usage}
            return self._line({"content": ""}, **end) if self._reason is not None else b""
        channel = "thinking" if step == "reasoning" else "content"
        return self._line({"content": "", channel: values[0]}, done=False)

    def _line(self, message: dict[str, Any], **fields: Any) -> bytes:
        told = {
            "model": "fake",
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", **message},
        }
        return json.dumps({**told, **fields}).encode() + b"\n"


def spoken_at(path: str) -> Chat:
    """The dialect of a path."""
    if path.endswith("/messages"):
        return Messages()
    return Lines() if path.endswith("/api/chat") else Chat()
