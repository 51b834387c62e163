"""A JSON Schema as each provider takes it; none is ever sent words it would refuse the whole request for."""

import asyncio
import json
from typing import Any

import pytest

from chat.llm import Asked, Client, RequestRefused
from chat.llm.protocols import PROTOCOLS
from chat.llm.protocols.shapes import simplified, strict
from tests.asking import QUESTION, endpoint, no_pause, provider_fixtures, text_of
from tests.provider import Provider, say, status

running, provider = provider_fixtures()
PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def with_age(**changes: Any) -> dict[str, Any]:
    return {**PERSON, "properties": {"name": {"type": "string"}, "age": changes}}


@pytest.mark.parametrize(
    ("schema", "held"),
    [
        (PERSON, True),
        ({**PERSON, "$defs": {"p": PERSON}, "title": "A person"}, True),
        (with_age(**PERSON), True),
        (with_age(type="array", items=PERSON), True),
        (with_age(anyOf=[{"type": "null"}, PERSON]), True),
        ({**PERSON, "required": ["name"]}, False),
        ({**PERSON, "additionalProperties": True}, False),
        ({name: PERSON[name] for name in ("type", "properties", "required")}, False),
        (with_age(type="object"), False),
        (with_age(type="array", items={**PERSON, "required": []}), False),
        (with_age(anyOf=[{"type": "null"}, {**PERSON, "required": []}]), False),
        (with_age(type="string", minLength=1), False),
        (with_age(allOf=[{"type": "string"}]), False),
        ({**PERSON, "$defs": {"p": {"type": "object"}}}, False),
        ({"type": "array", "items": PERSON}, False),
        ({"anyOf": [PERSON]}, False),
        ({}, False),
    ],
)
def test_a_promise_is_asked_for_only_where_it_can_be_given(schema: dict[str, Any], held: bool) -> None:
    assert strict(schema) is held


def test_what_anthropic_does_not_know_is_said_instead_of_demanded() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "n": {"type": "integer", "minimum": 1, "description": "How many"},
            "s": {"type": "string", "minLength": 2, "format": "email", "pattern": "^a"},
            "odd": {"type": "string", "format": "regex", "pattern": "(?=a)b"},
            "list": {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": 3},
            "many": {"type": "array", "minItems": 2},
            "one": {"oneOf": [{"type": ["object", "null"], "additionalProperties": True}, {"const": 3}]},
            "properties": {"$ref": "#/$defs/minimum"},
        },
        "$defs": {"minimum": {"enum": [1, 2]}},
    }
    assert simplified(schema) == {
        "type": "object",
        "properties": {
            "n": {"type": "integer", "description": "How many (minimum: 1)"},
            "s": {"type": "string", "format": "email", "pattern": "^a", "description": "(minLength: 2)"},
            "odd": {"type": "string", "description": "(format: regex; pattern: (?=a)b)"},
            "list": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": False},
                "minItems": 1,
                "description": "(maxItems: 3)",
            },
            "many": {"type": "array", "description": "(minItems: 2)"},
            "one": {"anyOf": [{"type": ["object", "null"], "additionalProperties": False}, {"const": 3}]},
            "properties": {"$ref": "#/$defs/minimum"},
        },
        "$defs": {"minimum": {"enum": [1, 2]}},
        "additionalProperties": False,
    }


def test_each_protocol_is_asked_for_the_shape_in_its_own_way() -> None:
    def rendered(protocol: str, schema: dict[str, Any]) -> dict[str, Any]:
        here = endpoint("http://h", protocol=protocol)
        return PROTOCOLS[protocol].render_request(Asked(QUESTION, schema=schema), here)

    shape = rendered("openai", PERSON)["response_format"]
    assert shape == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": PERSON, "strict": True},
    }
    assert rendered("openai", {"type": "object"})["response_format"]["json_schema"]["strict"] is False
    assert rendered("ollama", PERSON)["format"] == PERSON
    age = rendered("anthropic", PERSON)["output_config"]["format"]["schema"]["properties"]["age"]
    assert age == {"type": "integer", "description": "(minimum: 0)"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://me.openai.azure.com/openai/v1", "max_completion_tokens"),
        ("http://localhost:8000/v1", "max_tokens"),
        ("https://api.openai.com.example/v1", "max_tokens"),
    ],
)
def test_a_limit_of_tokens_has_the_name_its_server_knows(url: str, name: str) -> None:
    asked = Asked(QUESTION, parameters={"max_tokens": 7, "temperature": 0, "unknown": 1})
    rendered = PROTOCOLS["openai"].render_request(asked, endpoint(url))
    usual = PROTOCOLS["openai"].render_request(Asked(QUESTION), endpoint(url))
    assert rendered == {**usual, name: 7, "temperature": 0}


def test_a_model_that_shall_not_think_is_told_so_where_there_is_a_word_for_it() -> None:
    asked, render = Asked(QUESTION, reasoning=False), PROTOCOLS["openai"].render_request
    assert render(asked, endpoint("http://h")) == render(Asked(QUESTION), endpoint("http://h"))
    told = render(asked, endpoint("http://h", continues="vllm"))
    assert told["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize("protocol", ["openai", "anthropic", "ollama"])
@pytest.mark.parametrize(
    "words",
    [
        "This response_format type is unavailable now",
        "Schema is too complex for compilation. Try reducing the number of tools or simplifying tool schemas.",
        'invalid format: expected "json" or a JSON schema',
    ],
)
def test_a_server_that_takes_no_schema_is_told_it_in_words_from_then_on(
    provider: Provider, protocol: str, words: str
) -> None:
    url = provider.script("plain", status(400, words), say('{"name": "Ann", "age": 7}'))
    asked = Asked([{"role": "system", "content": "Be brief."}, *QUESTION], schema=PERSON)

    async def run() -> list[str]:
        client = Client(endpoint(url, protocol=protocol), sleep=no_pause)
        try:
            return [text_of([delta async for delta in client.stream(asked, label="t")]) for _ in range(2)]
        finally:
            await client.aclose()

    assert asyncio.run(run()) == ['{"name": "Ann", "age": 7}'] * 2
    first, *later = [json.dumps(request["body"]) for request in provider.requests("plain")]
    assert "Be brief." in first
    assert "minimum" in first
    assert "JSON Schema" not in first
    assert len(later) == 2
    for body in later:
        assert "Be brief.\\n\\nAnswer with one JSON document" in body
        assert '\\"required\\": [\\"name\\", \\"age\\"]' in body
        assert '"format"' not in body
        assert "response_format" not in body


def test_any_other_refusal_of_a_request_with_a_schema_is_told(provider: Provider) -> None:
    url = provider.script("other", status(400, "temperature: range: 0..1"), say("{}"))

    async def run() -> None:
        client = Client(endpoint(url), sleep=no_pause)
        try:
            async for _ in client.stream(Asked(QUESTION, schema=PERSON), label="t"):
                pass
        finally:
            await client.aclose()

    with pytest.raises(RequestRefused):
        asyncio.run(run())
    assert len(provider.requests("other")) == 1
