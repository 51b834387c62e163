"""The chat completions format, in all the dialects that call themselves compatible. No I/O.

Source: https://platform.openai.com/docs/api-reference/chat-streaming, and what recorded answers of a dozen
providers add to it.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from .. import continuing
from ..asked import Asked
from ..deltas import Cleaner, Delta, Finish, FinishReason, Reasoning, Refusal, Text, Usage, clean
from ..endpoint import Endpoint
from ..errors import Unreadable
from ..payload import counts, listed, load, window
from ..refusals import from_payload
from ..sse import Decoder, Event
from .base import EVENT_STREAM, Model, Protocol
from .calls import Calls
from .shapes import strict

# Only what is known to mean "the model was done" is complete: whatever else comes is not taken for an end.
FINISH_REASONS = {
    "stop": FinishReason.complete,
    "end_turn": FinishReason.complete,
    "eos": FinishReason.complete,  # Together
    "eos_token": FinishReason.complete,  # text-generation-inference
    "stop_sequence": FinishReason.complete,
    "length": FinishReason.length,
    "max_tokens": FinishReason.length,
    "model_length": FinishReason.length,  # Mistral, where the window is full
    "content_filter": FinishReason.blocked,
    "tool_calls": FinishReason.tool_calls,
    "function_call": FinishReason.tool_calls,
}
# What servers put where it goes on: LocalAI and older Ollamas the empty word, in every chunk.
NO_REASON = (None, "", "null")


def render_request(asked: Asked, endpoint: Endpoint) -> dict[str, Any]:
    """The body of the POST. No model where nobody names one. A beginning of the answer is given in the way the
    endpoint `continues` one.
    """
    begun, fields = continuing.render(asked.beginning, endpoint.continues)
    model = asked.model or endpoint.model
    return {
        **({"model": model} if model else {}),
        "messages": [*({"role": m["role"], "content": m["content"]} for m in asked.messages), *begun],
        "stream": True,
        "stream_options": {"include_usage": True},
        **_parameters(asked, endpoint),
        **fields,
    }


def _parameters(asked: Asked, endpoint: Endpoint) -> dict[str, Any]:
    fields = {name: asked.parameters[name] for name in ("temperature", "top_p") if name in asked.parameters}
    if "max_tokens" in asked.parameters:
        # OpenAI's own models that think refuse the name that everybody else knows, and often knows alone.
        host = urlsplit(endpoint.url).hostname or ""
        own = host.endswith((".openai.com", ".openai.azure.com", ".services.ai.azure.com"))
        fields["max_completion_tokens" if own else "max_tokens"] = asked.parameters["max_tokens"]
    if asked.schema is not None:
        shape = {"name": "answer", "schema": asked.schema, "strict": strict(asked.schema)}
        fields["response_format"] = {"type": "json_schema", "json_schema": shape}
    if not asked.reasoning and endpoint.continues == "vllm":
        # vLLM and SGLang; others have no common word for it, and refuse those that they do not know.
        fields["chat_template_kwargs"] = {"enable_thinking": False}
    return fields


def read_models(document: Any) -> list[Model]:
    """The models of `GET /models`: in `data`, or (Together, GitHub) the list itself."""
    rows = listed(document.get("data")) if isinstance(document, dict) else listed(document)
    return [
        Model(
            clean(row["id"]),
            # vLLM · OpenRouter, Together, LM Studio · Groq · Mistral · llama.cpp, as it was trained
            window(row, "max_model_len", "context_length", "context_window", "max_context_length")
            or window(row.get("meta"), "n_ctx", "n_ctx_train"),
        )
        for row in rows
        if isinstance(row, dict) and isinstance(row.get("id"), str)
    ]


class Parser:
    """As base.Parser, fed with events. Only the first choice counts."""

    def __init__(self) -> None:
        self.done = False
        self._reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._text = Cleaner()
        self._reasoning = Cleaner()
        self._refusal = Cleaner()
        self._calls = Calls()

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
        deltas += self._calls.finish()
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
            self._usage = counts(usage)
        deltas: list[Delta] = []
        for choice in listed(chunk.get("choices")):
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
            if reason not in NO_REASON:
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
        for call in listed(delta.get("tool_calls")):
            if isinstance(call, dict):
                function = call.get("function")
                function = function if isinstance(function, dict) else {}
                yield self._calls.piece(
                    call.get("index"), call.get("id"), function.get("name"), function.get("arguments")
                )

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


def _is_error(chunk: Any) -> bool:
    """Whether this is an error in one of the shapes in use, rather than a piece of an answer."""
    if not isinstance(chunk, dict):
        return False
    if chunk.get("error") or chunk.get("object") == "error" or chunk.get("type") == "error":
        return True
    if "choices" in chunk or "usage" in chunk:
        return False
    return isinstance(chunk.get("message") or chunk.get("detail"), str)


PROTOCOL = Protocol(
    root="",
    aliases=(),
    path="/chat/completions",
    models_path="/models",
    models_query={},
    windows_path="",
    accept="text/event-stream",
    kinds=EVENT_STREAM,
    continues=("none", "assistant", "vllm", "prefix"),
    headers=lambda key: {"Authorization": f"Bearer {key}"} if key else {},
    render_request=render_request,
    decoder=Decoder,
    parser=Parser,
    read_models=read_models,
    read_windows=lambda _: {},
)
