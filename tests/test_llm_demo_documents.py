"""The demo's documents: what an assistant with a schema is answered before there is a model."""

import asyncio
import contextlib
import json
from typing import Any

import pytest

from chat.llm import Client, Endpoint, Text
from chat.llm.asked import Asked
from chat.llm.demo import DemoTransport
from chat.llm.demo_documents import ROWS, document

ENDPOINT = Endpoint("demo", "http://demo.invalid/v1", None, "demo")
INVOICE = {
    "type": "object",
    "properties": {
        "customer": {"type": "string"},
        "paid": {"type": "boolean"},
        "total": {"type": "number", "minimum": 0},
        "currency": {"enum": ["EUR", "USD"]},
        "due": {"type": "string", "format": "date"},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
        "notes": {"type": ["string", "null"], "maxLength": 6},
    },
    "required": ["customer", "total", "items"],
    "additionalProperties": False,
    "$defs": {
        "item": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "count": {"type": "integer", "minimum": 3, "maximum": 5},
            },
            "required": ["name", "count"],
        }
    },
}


def say(question: str, schema: Any) -> str:
    async def run() -> str:
        client = Client(ENDPOINT, DemoTransport(pace=0))
        asked = Asked([{"role": "user", "content": question}], schema=schema)
        async with contextlib.aclosing(client.stream(asked, label="t")) as stream:
            text = "".join([delta.text async for delta in stream if isinstance(delta, Text)])
        await client.aclose()
        return text

    return asyncio.run(run())


def test_asked_for_a_shape_the_demo_streams_a_document_that_says_it_is_one_of_the_demo() -> None:
    made = json.loads(say("An invoice, please", INVOICE))
    assert list(made) == list(INVOICE["properties"])  # type: ignore[call-overload]
    assert "Demo" in made["customer"]
    assert made["currency"] in {"EUR", "USD"}
    assert len(made["items"]) == ROWS
    assert len({item["name"] for item in made["items"]}) == ROWS
    assert all(3 <= item["count"] <= 5 for item in made["items"])
    assert len(made["notes"]) <= 6


def test_asked_for_a_broken_one_it_breaks_off() -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(say("A broken invoice", INVOICE))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "Demo value 1"),
        (True, "Demo value 1"),
        ({"const": {"a": None}}, {"a": None}),
        ({"type": "null"}, None),
        ({"type": "array", "items": {"type": "boolean"}, "maxItems": 2}, [True, False]),
        ({"type": "array", "items": False, "prefixItems": [{"const": 1}]}, [1]),
        ({"type": "array", "minItems": 7, "items": {"const": 0}}, [0] * 7),
        ({"anyOf": [{"type": "integer", "minimum": 9}, {"type": "string"}]}, 10),
        ({"allOf": [{"properties": {"a": {"const": 1}}}, {"required": ["a"]}]}, {"a": 1}),
        ({"type": "integer", "multipleOf": 5, "minimum": 7}, 10),
        ({"type": "string", "minLength": 20}, "Demo value 1........"),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"const": 3}}}, 3),
        ({"$ref": "https://example.org/schema"}, "Demo value 1"),
    ],
)
def test_each_word_it_knows(schema: Any, expected: Any) -> None:
    assert json.loads(document(schema, "")) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"type": "object", "properties": {"again": {"$ref": "#"}}, "required": ["again"]},
        {"type": "array", "items": {"$ref": "#"}, "minItems": 1},
        {"properties": {"children": {"type": "array", "items": {"$ref": "#"}}}},
    ],
)
def test_a_schema_that_refers_to_itself_ends(schema: Any) -> None:
    assert len(document(schema, "")) < 20_000
