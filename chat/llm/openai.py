"""The chat completions format, in all the dialects that call themselves compatible. No I/O.

Source: https://platform.openai.com/docs/api-reference/chat-streaming, and what recorded answers of a dozen
providers add to it.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

from . import continuing
from .continuing import NOTHING, Beginning
from .deltas import Cleaner, Delta, Finish, FinishReason, Reasoning, Refusal, Text, ToolCall, Usage, clean
from .errors import Unreadable
from .payload import load
from .refusals import from_payload
from .sse import Event

PATH = "/chat/completions"

# Only what is known to mean "the model was done" is complete: whatever else comes is not taken for an end.
FINISH_REASONS = {
    "stop": FinishReason.complete,
    "end_turn": FinishReason.complete,
    "eos": FinishReason.complete,  # Together
    "eos_token": FinishReason.complete,  # text-generation-inference
    "stop_sequence": FinishReason.complete,
    "length": FinishReason.length,
    "max_tokens": FinishReason.length,
    "content_filter": FinishReason.blocked,
    "tool_calls": FinishReason.tool_calls,
    "function_call": FinishReason.tool_calls,
}


def render_request(
    messages: list[dict[str, str]], model: str, beginning: Beginning = NOTHING, continues: str = "none"
) -> dict[str, Any]:
    """The body of the POST. `messages` are dicts of `role` and `content`, oldest first; no model where it is "".
    A `beginning` of the answer is given in the way the provider `continues` one.
    """
    begun, fields = continuing.render(beginning, continues)
    return {
        **({"model": model} if model else {}),
        "messages": [*({"role": m["role"], "content": m["content"]} for m in messages), *begun],
        "stream": True,
        "stream_options": {"include_usage": True},
        **fields,
    }


class Parser:
    """`feed()` events, get deltas; `finish()` at the end of the stream gives Usage and Finish, where they came.

    Both raise ProviderError. Only the first choice counts. `finished` says that a finish reason has come (all
    text with it; the usage may follow), `done` that the provider said nothing more will come.
    """

    def __init__(self) -> None:
        self.done = False
        self._reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._text = Cleaner()
        self._reasoning = Cleaner()
        self._refusal = Cleaner()
        self._calls: dict[int, tuple[str, Cleaner]] = {}  # index: (id, arguments)

    @property
    def finished(self) -> bool:
        return self._reason is not None

    def feed(self, event: Event) -> list[Delta]:
        raw = event.raw.strip()
        if self.done or not raw:
            return []
        if raw == b"[DONE]":
            self.done = True
            return []
        if event.name in ("ping", "keepalive", "heartbeat"):
            return []
        try:
            chunk = load(raw)
        except ValueError as error:
            if event.name == "error":
                raise from_payload(event.data) from error
            # Not with the event's text: it may be a piece of an answer, which nobody has moderated.
            raise Unreadable(f"phase=body: an event of {len(raw)} bytes is not JSON") from error
        if event.name == "error" or _is_error(chunk):
            raise from_payload(chunk)
        if not isinstance(chunk, dict):
            raise Unreadable(f"phase=body: an event is a JSON {type(chunk).__name__}")
        return self._chunk(chunk, "delta")

    def feed_whole(self, body: bytes) -> list[Delta]:
        """The deltas of an answer that came in one JSON document, from a server that does not stream."""
        try:
            document = load(body)
        except ValueError as error:
            raise Unreadable("phase=body: the body is not JSON") from error
        if _is_error(document):
            raise from_payload(document)
        if not isinstance(document, dict) or not isinstance(document.get("choices"), list):
            raise Unreadable("phase=body: unexpected JSON instead of an answer")
        return self._chunk(document, "message")

    def finish(self) -> list[Delta]:
        deltas: list[Delta] = []
        for kind, cleaner in ((Reasoning, self._reasoning), (Text, self._text), (Refusal, self._refusal)):
            if rest := cleaner.finish():
                deltas.append(kind(rest))
        for index, (_, cleaner) in self._calls.items():
            if rest := cleaner.finish():
                deltas.append(ToolCall(index, "", "", rest))
        if self._usage is not None:
            deltas.append(Usage(self._usage))
        if self._reason is not None:
            deltas.append(
                Finish(FINISH_REASONS.get(self._reason, FinishReason.unknown), clean(self._reason)[:100])
            )
        return deltas

    def _chunk(self, chunk: dict[str, Any], part: str) -> list[Delta]:
        usage = chunk.get("usage")
        if isinstance(usage, dict):  # some send a running count with every chunk: the last one counts
            self._usage = _counts(usage)
        deltas: list[Delta] = []
        for choice in _listed(chunk.get("choices")):
            if not isinstance(choice, dict) or choice.get("index"):
                continue
            if choice.get("error"):
                raise from_payload(choice)
            delta = choice.get(part)
            if isinstance(delta, dict):
                content = delta.get("content")
                if len(delta) == 1 and type(content) is str:  # nearly every event of nearly every provider
                    if text := self._text.feed(content):
                        deltas.append(Text(text))
                else:
                    deltas.extend(self._delta(delta))
            reason = choice.get("finish_reason")
            if reason is not None:
                self._reason = str(reason)
        return deltas

    def _delta(self, delta: dict[str, Any]) -> Iterator[Delta]:
        reasoning = delta.get("reasoning") or delta.get("reasoning_content")
        if isinstance(reasoning, str) and (text := self._reasoning.feed(reasoning)):
            yield Reasoning(text)
        content = delta.get("content")
        if isinstance(content, str):
            if content and (text := self._text.feed(content)):
                yield Text(text)
        elif isinstance(content, list):
            yield from self._parts(content)
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and (text := self._refusal.feed(refusal)):
            yield Refusal(text)
        for call in _listed(delta.get("tool_calls")):
            if isinstance(call, dict):
                yield self._call(call)

    def _parts(self, content: list[Any]) -> Iterator[Delta]:
        """Content as a list of parts, with the reasoning among them (Mistral)."""
        for part in content:
            if not isinstance(part, dict):
                continue
            if part.get("type") == "thinking":
                thoughts = part.get("thinking")
                for thought in thoughts if isinstance(thoughts, list) else ({"text": thoughts},):
                    if isinstance(thought, dict) and (
                        text := self._reasoning.feed(str(thought.get("text") or ""))
                    ):
                        yield Reasoning(text)
            elif isinstance(part.get("text"), str) and (text := self._text.feed(part["text"])):
                yield Text(text)

    def _call(self, call: dict[str, Any]) -> ToolCall:
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        identity = clean(str(call.get("id") or ""))
        index = self._index(call.get("index"), identity)
        arguments = function.get("arguments")
        if isinstance(arguments, dict):  # the format says a string of JSON; some send the object
            arguments = json.dumps(arguments, ensure_ascii=False)
        arguments = arguments if isinstance(arguments, str) else ""
        if index in self._calls:
            return ToolCall(index, "", "", self._calls[index][1].feed(arguments))
        self._calls[index] = identity, Cleaner()
        name = clean(str(function.get("name") or ""))
        return ToolCall(index, identity, name, self._calls[index][1].feed(arguments))

    def _index(self, index: Any, identity: str) -> int:
        """Which call a piece belongs to, where the provider leaves the index out: by id, else the last one."""
        if isinstance(index, int):
            return index
        if identity:
            known = (i for i, (call_id, _) in self._calls.items() if call_id == identity)
            return next(known, len(self._calls))
        return max(self._calls, default=0)


def _is_error(chunk: Any) -> bool:
    """Whether this is an error in one of the shapes in use, rather than a piece of an answer."""
    if not isinstance(chunk, dict):
        return False
    if chunk.get("error") or chunk.get("object") == "error" or chunk.get("type") == "error":
        return True
    words = chunk.get("message") or chunk.get("detail")
    return "choices" not in chunk and "usage" not in chunk and isinstance(words, str)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _counts(value: Any, depth: int = 0) -> Any:
    """A usage object within bounds: it is stored, and comes from outside."""
    if isinstance(value, dict):
        return (
            {clean(k[:100]): _counts(v, depth + 1) for k, v in list(value.items())[:50]}
            if depth < 4
            else None
        )
    if isinstance(value, list):
        return [_counts(v, depth + 1) for v in value[:50]] if depth < 4 else None
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no word for it, and a database takes none
    return clean(value[:200]) if isinstance(value, str) else value
