"""Which models an endpoint says it has, and how many tokens each takes."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from chat.llm import Client, Model, client_for
from chat.llm import errors as e
from tests.asking import KEY, endpoint

DATA = {"data": [{"id": "one"}, {"id": "two"}]}


def listed(answers: dict[str, Any], base: str, **changes: Any) -> tuple[list[Model], list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = answers.get(request.url.path)
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(404) if answer is None else httpx.Response(200, text=json.dumps(answer))

    async def run() -> list[Model]:
        client = Client(endpoint(base, **changes), httpx.MockTransport(handle))
        try:
            return await client.models()
        finally:
            await client.aclose()

    return asyncio.run(run()), seen


@pytest.mark.parametrize(
    ("document", "models"),
    [
        (DATA, [Model("one"), Model("two")]),
        ({"data": [{"id": "a", "max_model_len": 4096}]}, [Model("a", 4096)]),
        ({"data": [{"id": "a", "context_length": 8192}]}, [Model("a", 8192)]),
        ({"data": [{"id": "a", "context_window": 131072}]}, [Model("a", 131072)]),
        ({"data": [{"id": "a", "max_context_length": 32768}]}, [Model("a", 32768)]),
        ({"data": [{"id": "a", "meta": {"n_ctx_train": 2048}}]}, [Model("a", 2048)]),
        ([{"id": "a", "context_length": 8192}], [Model("a", 8192)]),
        ({"data": [{"id": "a", "context_length": True, "meta": 7}, {"id": 7}, None]}, [Model("a")]),
        ({"data": None}, []),
        ({}, []),
        (7, []),
    ],
)
def test_a_list_of_chat_completions_in_its_dialects(document: Any, models: list[Model]) -> None:
    found, (request,) = listed({"/v1/models": document}, "http://h/v1")
    assert found == models
    assert (request.method, request.headers["authorization"]) == ("GET", f"Bearer {KEY}")


@pytest.mark.parametrize("base", ["http://h/v1/", "http://h/v1/chat/completions", "http://h/v1?v=1"])
def test_the_list_is_found_from_any_way_to_write_the_base(base: str) -> None:
    found, (request,) = listed({"/v1/models": DATA}, base)
    assert [model.id for model in found] == ["one", "two"]
    assert ("v=1" in str(request.url)) == ("v=1" in base)


@pytest.mark.parametrize("base", ["http://h", "http://h/v1", "http://h/v1/messages"])
def test_anthropics_list_is_asked_for_whole(base: str) -> None:
    rows = {"data": [{"type": "model", "id": "claude", "max_input_tokens": 200000}], "has_more": False}
    found, (request,) = listed({"/v1/models": rows}, base, protocol="anthropic")
    assert found == [Model("claude", 200000)]
    assert request.url.params["limit"] == "1000"
    assert request.headers["x-api-key"] == KEY
    assert "authorization" not in request.headers


@pytest.mark.parametrize("base", ["http://h", "http://h/api", "http://h/api/chat", "http://h/v1"])
def test_ollamas_models_come_with_the_room_it_has_made_for_them(base: str) -> None:
    tags = {"models": [{"name": "big:7b", "model": "big:7b"}, {"name": "m:latest", "model": "m:latest"}]}
    loaded = {"models": [{"model": "big:7b", "context_length": 4096}]}
    found, requests = listed({"/api/tags": tags, "/api/ps": loaded}, base, protocol="ollama")
    assert found == [Model("big:7b", 4096), Model("m")]  # named as the endpoint names it
    assert [request.url.path for request in requests] == ["/api/tags", "/api/ps"]


def test_an_older_ollama_lists_its_models_all_the_same() -> None:
    found, _ = listed({"/api/tags": {"models": [{"name": "a"}]}}, "http://h", protocol="ollama")
    assert found == [Model("a")]


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (
            httpx.Response(401, json={"error": {"message": f"Incorrect API key provided: {KEY}"}}),
            e.KeyRefused,
        ),
        (httpx.Response(404, text="nothing"), e.AddressNotFound),
        (httpx.Response(302, headers={"Location": "/login"}), e.Redirected),
        (httpx.Response(200, text="<html>"), e.Unreadable),
        (httpx.Response(200, content=b"[" * (1 << 24)), e.TooLarge),
    ],
)
def test_an_endpoint_that_lists_nothing_says_why_and_no_key(response: httpx.Response, kind: Any) -> None:
    with pytest.raises(kind) as caught:
        listed({"/v1/models": response}, "http://h/v1")
    told = f"{caught.value.sentence} {caught.value.detail} {caught.value.provider_text}"
    assert KEY not in told


def test_the_demo_lists_itself() -> None:
    async def run() -> list[Model]:
        client = client_for(endpoint("http://demo.invalid/v1", protocol="demo"))
        try:
            return await client.models()
        finally:
            await client.aclose()

    assert asyncio.run(run()) == [Model("demo")]
