"""Against a real model server, not one of ours: llama.cpp, with a model that says what is known word for word."""

import asyncio
import contextlib
import html
import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.llm import Client, Delta, Endpoint, Finish, FinishReason, Text
from chat.llm.asked import Asked
from chat.llm.protocols import Model
from tests import tiny_model
from tests.llama_server import LlamaServer
from tests.redis_server import RedisServer
from tests.server import sound
from tests.server.reading import Page
from tests.server.several import to_the_end, until_shown
from tests.servers import Server
from tests.sse import Stream

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

KEY = "sk-llama-0123456789abcdef"
COUNT = {"openai": "completion_tokens", "anthropic": "output_tokens"}
HELLO, TALE = "".join(tiny_model.HELLO), "".join(tiny_model.TALE)


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    with LlamaServer.running(tmp_path_factory.mktemp("llama"), key=KEY) as server:
        yield server


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[LlamaServer]:
    """One that may be killed, with room for some seconds of speech."""
    with LlamaServer.running(tmp_path, context=30_000) as server:
        yield server


both = pytest.mark.parametrize("protocol", ["openai", "anthropic"])


def sluice(serve: Callable[..., Server], llama: LlamaServer, protocol: str = "openai", **env: str) -> Server:
    settings = {
        "CHAT_PROVIDER_PROTOCOL": protocol, "CHAT_PROVIDER_URL": llama.url, "CHAT_PROVIDER_KEY": llama.key,
        "CHAT_MODEL": "tiny.gguf", **env,
    }  # fmt: skip
    return serve(**settings)


def is_known(text: str) -> bool:
    """Whether this is the beginning of what the model says for ever: nothing lost, nothing twice."""
    said = "".join(itertools.islice(itertools.cycle(tiny_model.WORDS), len(text) // 4 + 1))
    return said.startswith(text)


@both
def test_an_answer_is_word_for_word_what_the_model_said(
    serve: Callable[..., Server], llama: LlamaServer, protocol: str
) -> None:
    server = sluice(serve, llama, protocol)
    client = server.client()
    for question, whole in (("Say hello", HELLO), ("Tell me a tale", TALE)):
        page, turn = Page(), client.ask(question)
        with client.events(turn) as stream:
            to_the_end(stream, page)
        assert page.shows(whole)
        assert server.message(turn) == whole
        assert server.turn(turn)["finish"] == "complete"
        usage = sound.rows(server, "turn", "usage", turn, key="id")[0][0]
        assert (json.loads(usage) if isinstance(usage, str) else usage)[COUNT[protocol]] > 5
    sound.check(server)


def test_stop_ends_the_model_s_work_and_keeps_what_was_said(
    serve: Callable[..., Server], mortal: LlamaServer
) -> None:
    server = sluice(serve, mortal)
    client, page = server.client(), Page()
    turn = client.ask("Talk forever")
    with client.events(turn) as stream:
        until_shown(stream, page, tiny_model.WORDS[40])
        assert mortal.busy() == 1
        client.stop(turn)
        to_the_end(stream, page)
    mortal.until_idle()
    said = server.message(turn)
    assert said is not None
    assert is_known(said)
    assert page.shows(said)
    assert server.turn(turn)["status"] == "stopped"


@both
def test_a_model_that_runs_out_of_room_ends_as_length(
    serve: Callable[..., Server], llama: LlamaServer, protocol: str
) -> None:
    server = sluice(serve, llama, protocol)
    client = server.client()
    turn = client.ask("Talk forever")
    client.finished(turn)
    said = server.message(turn)
    assert said is not None
    assert is_known(said)
    assert len(said.split()) > 3900
    row = server.turn(turn)
    assert (row["status"], row["finish"]) == ("saved", "length")


@both
def test_what_the_server_refuses_is_told_in_a_sentence(
    serve: Callable[..., Server], llama: LlamaServer, protocol: str
) -> None:
    server = sluice(serve, llama, protocol)
    client = server.client()
    turn = client.ask("for ever " * 3000)
    assert client.finished(turn)["state"] == "failed"
    assert "has become too long for the model" in html.unescape(client.answer(turn))
    server.terminate()
    server.start(CHAT_PROVIDER_KEY="sk-wrong-0123456789abcdef")
    turn = client.ask("Say hello")
    assert client.finished(turn)["state"] == "failed"
    page = html.unescape(client.answer(turn))
    assert "refused this chat access" in page
    assert "sk-" not in page + server.log


@both
def test_a_model_server_that_dies_in_an_answer_and_comes_back_is_asked_for_the_rest(
    serve: Callable[..., Server], mortal: LlamaServer, protocol: str
) -> None:
    server = sluice(serve, mortal, protocol, CHAT_PROVIDER_CONTINUES="assistant")
    client = server.client()
    turn, page = client.ask("Talk forever"), Page()
    with client.events(turn) as stream:
        until_shown(stream, page, tiny_model.WORDS[100])
        mortal.kill()
        mortal.start()
        until_written_on(server, stream, page)
        client.stop(turn)
        to_the_end(stream, page)
    said = server.message(turn)
    assert said is not None
    assert is_known(said)
    assert page.shows(said)
    assert page.redraws == 0
    assert server.turn(turn)["attempt"] == 1


def until_written_on(server: Server, stream: Stream, page: Page) -> None:
    """Read until the page holds more than what was on the way when the model or the server died."""
    before = len(page.text)
    while len(page.text) < before + 4000:
        page.apply(next(iter(stream)))


def test_an_answer_goes_on_in_another_process_where_the_first_was_killed(
    serve: Callable[..., Server], mortal: LlamaServer, redis: RedisServer
) -> None:
    first = sluice(serve, mortal, CHAT_PROVIDER_CONTINUES="assistant", REDIS_URL=redis.url)
    second = first.beside()
    second.start()
    turn, page = first.client().ask("Talk forever"), Page()
    reader = second.client()
    with reader.events(turn) as stream:
        until_shown(stream, page, tiny_model.WORDS[40])
        first.kill()
        until_written_on(second, stream, page)
        reader.stop(turn)
        to_the_end(stream, page)
    said = second.message(turn)
    assert said is not None
    assert is_known(said)
    assert page.shows(said)
    assert second.turn(turn)["attempt"] == 2


def test_a_model_server_that_is_away_is_told_and_the_same_question_works_later(
    serve: Callable[..., Server], mortal: LlamaServer
) -> None:
    mortal.kill()
    server = sluice(serve, mortal)
    client = server.client()
    conversation = uuid.uuid4()
    turn = client.ask("Say hello", conversation=conversation)
    client.finished(turn)
    assert "could not be reached" in html.unescape(client.answer(turn))
    mortal.start()
    again = client.ask("Say hello", conversation=conversation, parent=turn)
    assert client.finished(again)["state"] == "saved"
    assert server.message(again) == HELLO


def test_the_client_reads_its_models_room_keeps_to_its_limits_and_is_held_to_a_shape(
    llama: LlamaServer,
) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }
    client = Client(Endpoint(protocol="openai", url=llama.url, key=llama.key, model="tiny.gguf"))

    async def said(question: str, **wanted: Any) -> list[Delta]:
        asked = Asked([{"role": "user", "content": question}], **wanted)
        async with contextlib.aclosing(client.stream(asked, label="real")) as stream:
            return [delta async for delta in stream]

    async def all_of_it() -> tuple[list[Model], list[Delta], list[Delta]]:
        try:
            return (
                await client.models(),
                await said("Talk forever", parameters={"max_tokens": 5, "temperature": 0.5}),
                await said("Who?", schema=schema),
            )
        finally:
            await client.aclose()

    models, short, shaped = asyncio.run(all_of_it())
    assert [model.window for model in models] == [llama.context]
    assert "".join(delta.text for delta in short if isinstance(delta, Text)) == "".join(tiny_model.WORDS[:5])
    assert short[-1] == Finish(FinishReason.length, "length")
    document = "".join(delta.text for delta in shaped if isinstance(delta, Text))
    assert json.loads(document) == {"name": "Ada", "age": 7}
