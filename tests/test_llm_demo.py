"""The built-in demo: the same code path as a real model, and worth a visit."""

import asyncio
import contextlib
import re

import pytest

from chat.llm import Asked, Client, Endpoint, Finish, FinishReason, Text, Usage, client_for
from chat.llm.demo import NOTICE, STARTERS, DemoTransport, pieces
from chat.llm.demo_answers import MARKDOWN, answer
from chat.moderation import compile_rules, starter_pack

ENDPOINT = Endpoint("demo", "http://demo.invalid/v1", None, "demo")


def say(question: str, pace: float = 0) -> str:
    async def run() -> str:
        client = Client(ENDPOINT, DemoTransport(pace=pace))
        async with contextlib.aclosing(
            client.stream(Asked([{"role": "user", "content": question}]), label="t")
        ) as stream:
            deltas = [delta async for delta in stream]
        await client.aclose()
        assert isinstance(deltas[-2], Usage)
        assert deltas[-1] == Finish(FinishReason.complete, "stop")
        return "".join(d.text for d in deltas if isinstance(d, Text))

    return asyncio.run(run())


def test_every_starter_has_an_answer_of_its_own() -> None:
    assert len({say(starter) for starter in STARTERS}) == len(STARTERS) >= 5


def test_the_welcome_says_that_no_model_is_connected_and_how_to_connect_one() -> None:
    welcome = say("hello")
    assert "no model is connected" in welcome
    assert "No model is connected" in NOTICE
    for name in ("CHAT_PROVIDER_PROTOCOL", "CHAT_PROVIDER_URL", "CHAT_PROVIDER_KEY", "CHAT_MODEL"):
        assert name in welcome


def test_the_tour_shows_code_a_table_and_a_long_text() -> None:
    code = say("Write some code")
    assert "```python" in code
    assert "```js" in code
    assert "| --- |" in say("a table, please")
    assert 1000 < len(say("a long story").split()) < 1500


@pytest.mark.slow
def test_one_starter_trips_a_rule_of_the_starter_pack_and_no_other_does() -> None:
    rules = compile_rules(starter_pack())
    found = {starter: rules.scan({"text": say(starter)}).outcome for starter in STARTERS}
    assert [starter for starter, outcome in found.items() if outcome != "pass"] == [
        "Say something that moderation has to stop"
    ]


def test_anything_else_is_answered_honestly_and_names_the_topic() -> None:
    text = say("What is the capital of France?")
    assert "“What is the capital of France”" in text
    assert "built-in demo" in text


@pytest.mark.parametrize("question", ["*a* [b](c) `d` <i>|_x_", "word " * 100, "x" * 500, "\n\n# hi\n> a"])
def test_a_quoted_topic_is_short_and_never_markup(question: str) -> None:
    quoted = re.search("“(.*?)”", answer([{"role": "user", "content": question}]))
    assert quoted is not None
    assert len(quoted[1]) <= 61
    assert not set(quoted[1]) & set("*[]`<>_|#\n")


def test_a_question_without_words_is_answered_with_the_welcome() -> None:
    assert say("???") == say("hello")
    assert answer([]) == say("hello")


@pytest.mark.parametrize("text", [MARKDOWN, "", " ", "a  b\n\n", "\n\nx" * 3])
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


def test_the_first_text_comes_at_once_and_the_rest_at_the_pace_asked_for() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def run() -> None:
        client = Client(ENDPOINT, DemoTransport(pace=1 / 60, sleep=pause))
        async with contextlib.aclosing(
            client.stream(Asked([{"role": "user", "content": "hi"}]), label="t")
        ) as stream:
            assert isinstance(await anext(stream), Text)
            assert pauses == []
            assert isinstance(await anext(stream), Text)
            assert pauses == [60]
        await client.aclose()

    asyncio.run(run())


def test_stopping_it_leaves_nothing_behind() -> None:
    async def run() -> set[str]:
        client = client_for(ENDPOINT)
        begun = asyncio.Event()

        async def read() -> None:
            async with contextlib.aclosing(
                client.stream(Asked([{"role": "user", "content": "long"}]), label="t")
            ) as stream:
                async for _ in stream:
                    begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await client.aclose()
        return {t.get_name() for t in asyncio.all_tasks()} - {asyncio.current_task().get_name()}  # type: ignore[union-attr]

    assert asyncio.run(run()) == set()
