"""Whatever JSON a provider puts in whatever place, a parser gives storable deltas or a ProviderError."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from chat.llm import ProviderError, Reasoning, Refusal, Text, ToolCall, Usage
from chat.llm.protocols import PROTOCOLS
from chat.llm.protocols.base import Protocol
from chat.llm.protocols.calls import MOST

pytestmark = pytest.mark.slow

STRANGE: tuple[Any, ...] = (
    None, True, 0, -1, 10**300, 1.5, "", "x", "\ud83d", "\x00", [], {}, [[]], [None], [{}], {"": None}, [1, "x"],
    {"type": []}, {"type": "text", "text": 5}, {"error": {}}, [{"index": [], "function": []}], "9" * 5000,
)  # fmt: skip

OPENAI = (
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi", "reasoning_content": "hm", "refusal": "no"}}]},
    {"choices": [{"index": 0, "delta": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                                                    {"type": "text", "text": "Hi"}]}}]},
    {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]}}]},
    {"choices": [{"delta": {"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"a": 1}}}]}}]},
    {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"total_tokens": 3, "details": {"a": [1, {"b": 2}]}}},
    {"error": {"message": "no", "code": 5, "type": "x"}},
)  # fmt: skip
ANTHROPIC = (
    {"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 3}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": "x"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "a", "name": "f", "input": {"a": 1}}},
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
    {"type": "content_block_stop", "index": 2},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
    {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},
    {"type": "message_stop"},
)  # fmt: skip
OLLAMA = (
    {"model": "m", "message": {"role": "assistant", "content": "Hi", "thinking": "hm"}, "done": False},
    {"message": {"content": "", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {"a": 1}}}]}, "done": False},
    {"response": "Hi", "thinking": "hm", "done": False},
    {"message": {"content": ""}, "done": True, "done_reason": "stop", "eval_count": 3},
    {"error": "no"},
)  # fmt: skip
STREAMS = {"openai": OPENAI, "anthropic": ANTHROPIC, "ollama": OLLAMA}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a document, the document itself first."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    document = copy.deepcopy(document)
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return document


def fed(protocol: Protocol, documents: list[Any]) -> list[Any]:
    parser, decoder = protocol.parser(), protocol.decoder()
    raw = [json.dumps(document).encode() for document in documents]
    body = b"".join(
        b"data: %s\n\n" % line if protocol.accept == "text/event-stream" else line + b"\n" for line in raw
    )
    found: list[Any] = []
    try:
        for piece in decoder.feed(body):
            found += parser.feed(piece)
    except ProviderError:
        pass
    return found + parser.finish()


@pytest.mark.parametrize("name", STREAMS)
def test_any_value_in_any_place_gives_deltas_that_can_be_stored_or_a_provider_s_error(name: str) -> None:
    protocol, documents = PROTOCOLS[name], list(STREAMS[name])
    chance = random.Random(4)
    tried = 0
    for number, document in enumerate(documents):
        for path in places(document):
            for value in STRANGE:
                strange = changed(document, path, value)
                _can_be_stored(fed(protocol, [*documents[:number], strange, *documents[number:]]))
                twice = changed(strange, *_elsewhere(strange, chance))
                _can_be_stored(fed(protocol, [*documents[:number], twice, *documents[number:]]))
                for body in (json.dumps(strange).encode(), json.dumps(twice).encode()):
                    try:
                        found = protocol.parser().feed_whole(body)
                    except ProviderError:
                        continue
                    _can_be_stored(found)
                tried += 1
    assert tried > 500


def _elsewhere(document: Any, chance: random.Random) -> tuple[tuple[Any, ...], Any]:
    return chance.choice(list(places(document))), chance.choice(STRANGE)


def _can_be_stored(deltas: list[Any]) -> None:
    for delta in deltas:
        if isinstance(delta, Text | Reasoning | Refusal):
            texts = [delta.text]
        elif isinstance(delta, ToolCall):
            assert 0 <= delta.index < MOST
            texts = [delta.id, delta.name, delta.arguments]
        elif isinstance(delta, Usage):
            texts = [json.dumps(delta.data, ensure_ascii=False, allow_nan=False)]
            assert len(texts[0]) < 50_000
        else:
            texts = [delta.raw or ""]
        for text in texts:
            assert isinstance(text, str)
            assert "\x00" not in text.encode().decode()  # and no lone surrogate, which cannot be encoded


@pytest.mark.parametrize("name", PROTOCOLS)
def test_any_value_in_any_place_of_a_list_of_models_gives_models_or_none(name: str) -> None:
    document = {
        "data": [{"id": "m", "context_length": 5, "max_input_tokens": 5, "meta": {"n_ctx": 5}}],
        "models": [{"model": "m", "name": "m"}],
    }
    for path in places(document):
        for value in STRANGE:
            for model in PROTOCOLS[name].read_models(changed(document, path, value)):
                assert "\x00" not in model.id.encode().decode()
                assert model.window is None or model.window > 0
