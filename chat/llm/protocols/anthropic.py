"""Anthropic's Messages. No I/O.

Source: https://docs.claude.com/en/api/messages-streaming and /en/build-with-claude/structured-outputs, and recorded
answers. Of the blocks an answer is made of, text, thinking and tool calls are its own; what the provider ran itself
(searches, their results), encrypted thoughts, summaries of a compacted conversation and citations are passed over.
"""

from collections.abc import Mapping
from typing import Any

from .. import continuing
from ..asked import Asked
from ..deltas import Cleaner, Delta, Finish, FinishReason, Reasoning, Text, Usage, clean
from ..endpoint import Endpoint
from ..errors import Unreadable
from ..payload import counts, listed, load, window
from ..refusals import from_payload, is_error
from ..sse import Decoder, Event
from .base import EVENT_STREAM, Model, Protocol
from .calls import Calls
from .shapes import simplified

VERSION = "2023-06-01"
LONGEST = 8192  # tokens of an answer where nobody says how many: it has to be said, and every model in use takes these

# `pause_turn` (the provider wants to be asked again to go on) and whatever comes new are not taken for an end.
FINISH_REASONS = {
    "end_turn": FinishReason.complete,
    "stop_sequence": FinishReason.complete,
    "max_tokens": FinishReason.length,
    "model_context_window_exceeded": FinishReason.length,
    "tool_use": FinishReason.tool_calls,
    "refusal": FinishReason.blocked,
}


def render_request(asked: Asked, endpoint: Endpoint) -> dict[str, Any]:
    """The body of the POST: instructions apart from the messages, whose roles take turns and none of which is empty.

    A beginning is a last message of the assistant's; the format of a schema is then left out, which no model takes
    together with one. The answer is held to the schema here in either case.
    """
    begun, _ = continuing.render(asked.beginning, "assistant")
    system = "\n\n".join(m["content"] for m in asked.messages if m["role"] == "system" and m["content"])
    messages: list[dict[str, Any]] = []
    for message in [*asked.messages, *begun]:
        role, content = message["role"], message["content"]
        if role == "system" or not content.strip():
            continue
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += f"\n\n{content}"
        else:
            messages.append({"role": role, "content": content})
    fields = {name: asked.parameters[name] for name in ("temperature", "top_p") if name in asked.parameters}
    if asked.schema is not None and not begun:
        fields["output_config"] = {"format": {"type": "json_schema", "schema": simplified(asked.schema)}}
    if not asked.reasoning:
        fields["thinking"] = {"type": "disabled"}
    return {
        "model": asked.model or endpoint.model,
        "max_tokens": asked.parameters.get("max_tokens", LONGEST),
        **({"system": system} if system else {}),
        "messages": messages,
        "stream": True,
        **fields,
    }


def read_models(document: Any) -> list[Model]:
    """The models of `GET /v1/models`, the newest first, as they come."""
    rows = listed(document.get("data")) if isinstance(document, dict) else []
    return [
        Model(clean(row["id"]), window(row, "max_input_tokens"))
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), str)
    ]


class Parser:
    """As base.Parser, fed with events. What an event is, its data says, not its name: some gateways drop names."""

    def __init__(self) -> None:
        self.done = False
        self._reason: str | None = None
        self._usage: dict[str, Any] = {}
        self._text = Cleaner()
        self._reasoning = Cleaner()
        self._calls = Calls()
        self._blocks: dict[int | None, int] = {}  # index of a block that is a tool call: the call's own
        self._given: dict[int, Any] = {}  # call: arguments that came whole at its start, for want of pieces

    @property
    def finished(self) -> bool:
        return self._reason is not None

    def feed(self, event: Event) -> list[Delta]:
        if self.done or not event.raw.strip():
            return []
        try:
            data = load(event.raw)
        except ValueError as error:
            if event.name == "error":
                raise from_payload(event.data) from error
            if event.name == "ping" or event.raw.strip() == b"[DONE]":
                return []
            # Not with the event's text: it may be a piece of an answer, which nobody has moderated.
            raise Unreadable(f"phase=body: an event of {len(event.raw)} bytes is not JSON") from error
        if event.name == "error":
            raise from_payload(data)
        if not isinstance(data, dict):
            raise Unreadable(f"phase=body: an event is a JSON {type(data).__name__}")
        return self._event(data)

    def feed_whole(self, body: bytes) -> list[Delta]:
        try:
            document = load(body)
        except ValueError as error:
            raise Unreadable("phase=body: the body is not JSON") from error
        if is_error(document):
            raise from_payload(document)
        if not isinstance(document, dict) or not isinstance(document.get("content"), list):
            raise Unreadable("phase=body: unexpected JSON instead of an answer")
        found: list[Delta] = []
        for index, block in enumerate(document["content"]):
            found += self._begin(index, block)
            found += self._end(index)
        self._count(document.get("usage"))
        self._stop(document)
        return found

    def finish(self) -> list[Delta]:
        deltas: list[Delta] = []
        for index in list(self._blocks):
            deltas += self._end(index)
        if rest := self._reasoning.finish():
            deltas.append(Reasoning(rest))
        if rest := self._text.finish():
            deltas.append(Text(rest))
        deltas += self._calls.finish()
        if self._usage:
            deltas.append(Usage(self._usage))
        if self._reason is not None:
            reason = FINISH_REASONS.get(self._reason, FinishReason.unknown)
            deltas.append(Finish(reason, clean(self._reason)[:100]))
        return deltas

    def _event(self, data: dict[str, Any]) -> list[Delta]:
        index = data.get("index")
        if not isinstance(index, int):
            index = None
        match data.get("type"):
            case "content_block_delta":
                return self._delta(index, data.get("delta"))
            case "content_block_start":
                return self._begin(index, data.get("content_block"))
            case "content_block_stop":
                return self._end(index)
            case "message_start":
                message = data.get("message")
                self._count(message.get("usage") if isinstance(message, dict) else None)
            case "message_delta":
                self._count(data.get("usage"))
                self._stop(data.get("delta"))
            case "message_stop":
                self.done = True
            case "error":
                raise from_payload(data)
            case None if data.get("error"):
                raise from_payload(data)  # a gateway in between
        return []  # a ping, or an event that is newer than this; Anthropic asks to pass those over

    def _begin(self, index: int | None, block: Any) -> list[Delta]:
        if not isinstance(block, dict):
            return []
        if block.get("type") != "tool_use":
            return self._delta(index, block)  # what it begins with, as a rule nothing
        call = self._blocks[index] = len(self._calls)
        if block.get("input"):
            self._given[call] = block["input"]
        return [self._calls.piece(call, block.get("id"), block.get("name"), "")]

    def _delta(self, index: int | None, delta: Any) -> list[Delta]:
        if not isinstance(delta, dict):
            return []
        match delta:
            case {"type": "text_delta" | "text", "text": str(words)}:
                return [Text(text)] if (text := self._text.feed(words)) else []
            case {"type": "thinking_delta" | "thinking", "thinking": str(words)}:
                return [Reasoning(text)] if (text := self._reasoning.feed(words)) else []
            case {"type": "input_json_delta", "partial_json": str(piece)} if piece and index in self._blocks:
                self._given.pop(self._blocks[index], None)
                return [self._calls.piece(self._blocks[index], "", "", piece)]
        return []

    def _end(self, index: int | None) -> list[Delta]:
        """A block is complete: arguments that came with its start count if none came after it."""
        call = self._blocks.pop(index, None)
        if call is None or call not in self._given:
            return []
        return [self._calls.piece(call, "", "", self._given.pop(call))]

    def _count(self, usage: Any) -> None:
        """The counts of the start, with those of the end over them."""
        if isinstance(usage, dict):
            told = {name: value for name, value in usage.items() if value is not None}
            self._usage = counts({**self._usage, **told})

    def _stop(self, told: Any) -> None:
        if isinstance(told, dict) and told.get("stop_reason"):
            self._reason = str(told["stop_reason"])


def _headers(key: str) -> Mapping[str, str]:
    return {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}


PROTOCOL = Protocol(
    root="/v1",
    aliases=(),
    path="/messages",
    models_path="/models",
    models_query={"limit": "1000"},
    windows_path="",
    accept="text/event-stream",
    kinds=EVENT_STREAM,
    continues=("none", "assistant"),
    headers=_headers,
    render_request=render_request,
    decoder=Decoder,
    parser=Parser,
    read_models=read_models,
    read_windows=lambda _: {},
)
