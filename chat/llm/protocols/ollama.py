"""Ollama's own chat, a JSON document to a line. No I/O.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md, and recorded answers, among them those of
`/api/generate`, which some servers answer with.
"""

from typing import Any

from .. import continuing, ndjson
from ..asked import Asked
from ..deltas import Cleaner, Delta, Finish, FinishReason, Reasoning, Text, Usage, clean
from ..endpoint import Endpoint
from ..errors import ProviderError, Unreadable
from ..payload import counts, listed, load, window
from ..refusals import from_payload
from .base import Model, Protocol
from .calls import Calls

# A model that was only loaded or unloaded ("load", "unload") has answered nothing.
FINISH_REASONS = {"stop": FinishReason.complete, "length": FinishReason.length}

_OPTIONS = {"temperature": "temperature", "top_p": "top_p", "max_tokens": "num_predict"}


def render_request(asked: Asked, endpoint: Endpoint) -> dict[str, Any]:
    """The body of the POST. A beginning is a last message of the assistant's.

    Ollama makes room for a few thousand tokens unless it is told otherwise, and drops what does not fit without a
    word: so the window is said where it is known. Whether to think is left to the model unless it shall not.
    """
    begun, _ = continuing.render(asked.beginning, "assistant")
    options = {_OPTIONS[name]: value for name, value in asked.parameters.items() if name in _OPTIONS}
    if asked.window:
        options["num_ctx"] = asked.window
    return {
        "model": asked.model or endpoint.model,
        "messages": [*({"role": m["role"], "content": m["content"]} for m in asked.messages), *begun],
        "stream": True,
        **({"options": options} if options else {}),
        **({"format": asked.schema} if asked.schema is not None else {}),
        **({} if asked.reasoning else {"think": False}),
    }


def read_models(document: Any) -> list[Model]:
    """The models of `GET /api/tags`."""
    rows = listed(document.get("models")) if isinstance(document, dict) else []
    names = (row.get("model") or row.get("name") for row in rows if isinstance(row, dict))
    return [Model(clean(name)) for name in names if isinstance(name, str)]


def read_windows(document: Any) -> dict[str, int]:
    """By name, the tokens that `GET /api/ps` says there is room for, with models that are loaded.

    Not what a model was made for, which `/api/show` tells: Ollama gives it far less, and the rest would be dropped.
    """
    rows = listed(document.get("models")) if isinstance(document, dict) else []
    named = ((row.get("model"), window(row, "context_length")) for row in rows if isinstance(row, dict))
    return {name: tokens for name, tokens in named if isinstance(name, str) and tokens}


class Parser:
    """As base.Parser, fed with lines."""

    def __init__(self) -> None:
        self.done = False
        self._reason: str | None = None
        self._usage: dict[str, Any] = {}
        self._text = Cleaner()
        self._reasoning = Cleaner()
        self._calls = Calls()

    @property
    def finished(self) -> bool:
        return self.done

    def feed(self, line: bytes) -> list[Delta]:
        if self.done:
            return []
        try:
            data = load(line)
        except ValueError as error:
            # Not with the line's text: it may be a piece of an answer, which nobody has moderated.
            raise Unreadable(f"phase=body: a line of {len(line)} bytes is not JSON") from error
        if not isinstance(data, dict):
            raise Unreadable(f"phase=body: a line is a JSON {type(data).__name__}")
        if data.get("error"):
            raise from_payload(data)
        return self._line(data)

    def feed_whole(self, body: bytes) -> list[Delta]:
        """One document, over one line or several; or lines that somebody on the way labelled as one document."""
        try:
            load(body)
        except ValueError:
            return self._labelled_wrongly(body)
        found = self.feed(body)
        if not found and not self.done:
            raise Unreadable("phase=body: unexpected JSON instead of an answer")
        return found

    def finish(self) -> list[Delta]:
        deltas: list[Delta] = []
        if rest := self._reasoning.finish():
            deltas.append(Reasoning(rest))
        if rest := self._text.finish():
            deltas.append(Text(rest))
        deltas += self._calls.finish()
        if self._usage:
            deltas.append(Usage(self._usage))
        if self.done:
            reason = FINISH_REASONS.get(self._reason or "", FinishReason.unknown)
            if reason is FinishReason.complete and len(self._calls):
                reason = FinishReason.tool_calls  # "stop" is its word for both
            deltas.append(Finish(reason, None if self._reason is None else clean(self._reason)[:100]))
        return deltas

    def _line(self, data: dict[str, Any]) -> list[Delta]:
        message = data.get("message")
        if isinstance(message, dict):
            words, thoughts = message.get("content"), message.get("thinking")
        else:
            message, words, thoughts = {}, data.get("response"), data.get("thinking")
        deltas: list[Delta] = []
        if isinstance(thoughts, str) and thoughts and (text := self._reasoning.feed(thoughts)):
            deltas.append(Reasoning(text))
        if isinstance(words, str) and words and (text := self._text.feed(words)):
            deltas.append(Text(text))
        for call in listed(message.get("tool_calls")):
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict):  # each comes whole, with its arguments as an object
                deltas.append(
                    self._calls.piece(
                        len(self._calls), call.get("id"), function.get("name"), function.get("arguments")
                    )
                )
        if data.get("done") is True:
            self.done = True
            reason = data.get("done_reason")
            self._reason = None if reason is None else str(reason)
            self._usage = counts({k: v for k, v in data.items() if k.endswith("_count")})
        return deltas

    def _labelled_wrongly(self, body: bytes) -> list[Delta]:
        lines = ndjson.Decoder(len(body))
        found: list[Delta] = []
        for line in lines.feed(body) + lines.finish(lenient=True):
            try:
                found += self.feed(line)
            except ProviderError:
                if not found:
                    raise
                return found  # as far as it came: nothing says that this was the end
        return found


PROTOCOL = Protocol(
    root="/api",
    aliases=("/v1",),  # where the same server speaks chat completions
    path="/chat",
    models_path="/tags",
    models_query={},
    windows_path="/ps",
    accept="application/x-ndjson",
    kinds=("application/x-ndjson", "application/ndjson", "application/jsonl", "application/octet-stream", ""),
    continues=("none", "assistant"),
    headers=lambda key: {"Authorization": f"Bearer {key}"} if key else {},
    render_request=render_request,
    decoder=ndjson.Decoder,
    parser=Parser,
    read_models=read_models,
    read_windows=read_windows,
)
