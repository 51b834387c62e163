"""Endpoints that are down, and conversations that are too long, on a running server."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.provider import END, Provider, say, status
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

FALLBACK = """
from chat import assistants
from chat.models import User
boss = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("boss", password="x")
row = assistants.save_endpoint(boss, None, {{"name": "Second", "protocol": "openai", "url": {url!r}, "model": "m"}}, {key!r})
assistants.save_assistant(boss, assistants.default(), {{"fallback": row}})
"""
TOO_LONG = status(400, "This model's maximum context length is 4096 tokens.", code="context_length_exceeded")
KEY = "sk-fallback-key-0123456789"


def failing(server: Server) -> dict[str, str]:
    return dict(
        server.rows("SELECT name, failure FROM chat_endpoint WHERE failing_since IS NOT NULL ORDER BY id")
    )  # type: ignore[arg-type]


def wait(condition: Callable[[], Any], within: float = 60) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, f"not within {within} s"
        time.sleep(0.05)


def test_the_second_endpoint_answers_while_the_first_is_down_and_the_first_again_when_it_is_back(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    first = provider.script("first", status(503, "no workers"))
    second = provider.script("second", say("From the second."))
    provider.locks("second", KEY)
    server = sluice(CHAT_PROVIDER_URL=first)
    server.manage("shell", "-c", FALLBACK.format(url=second, key=KEY))
    client = server.client()

    turn = client.ask("Hello?")
    assert client.finished(turn)["state"] == "saved"
    assert server.message(turn) == "From the second."
    wait(lambda: failing(server))
    assert failing(server) == {"From the environment": "It is overloaded. (HTTP 503)"}
    wrote = "SELECT e.name FROM chat_turn t JOIN chat_endpoint e ON e.id = t.endpoint_id"
    assert server.rows(wrote) == [("Second",)]

    asked = len([r for r in provider.requests("first") if "chat" in r["path"]])
    turn = client.ask("And now?")
    assert client.finished(turn)["state"] == "saved"
    assert len([r for r in provider.requests("first") if "chat" in r["path"]]) == asked, (
        "it is asked later while down"
    )

    provider.script("first", say("From the first."))
    provider.lists("first", "fake")
    wait(lambda: not failing(server))
    turn = client.ask("And again?")
    assert client.finished(turn)["state"] == "saved"
    assert server.message(turn) == "From the first."
    assert KEY not in server.log


def test_with_nobody_else_to_ask_a_person_is_told_and_the_next_answer_clears_it(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_URL=provider.script("only", status(401, "Incorrect API key provided")))
    client = server.client()
    turn = client.ask("Hello?")
    assert client.finished(turn)["state"] == "failed"
    assert "refused this chat access" in client.answer(turn)
    wait(lambda: failing(server))
    provider.script("only", say("Here I am."))
    turn = client.ask("Hello again?")
    assert client.finished(turn)["state"] == "saved"
    wait(lambda: not failing(server))


def test_a_conversation_that_is_too_long_for_the_model_is_sent_by_half_and_the_page_says_so(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    url = provider.script("long", *[say("Answer.")] * 4, TOO_LONG, TOO_LONG, say("At last."))
    server = sluice(CHAT_PROVIDER_URL=url)
    client, conversation, parent = server.client(), uuid4(), ""
    for number in range(4):
        parent = client.ask(f"question {number}", conversation=conversation, parent=parent)
        assert client.finished(parent)["state"] == "saved"
    turn = client.ask("The last one?", conversation=conversation, parent=parent)
    assert client.finished(turn)["state"] == "saved"
    assert server.message(turn) == "At last."
    sent = [[m["content"] for m in r["body"]["messages"]] for r in provider.requests("long")][-3:]
    assert [len(each) for each in sent] == [9, 3, 1]
    assert all(each[-1] == "The last one?" for each in sent)
    assert "The 4 oldest questions of this conversation" in client.answer(turn)


def test_a_question_that_is_too_long_by_itself_is_asked_once_and_the_person_told(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_URL=provider.script("never", TOO_LONG, [["text", "no"], *END]))
    client = server.client()
    turn = client.ask("Hello?")
    assert client.finished(turn)["state"] == "failed"
    assert "become too long for the model" in client.answer(turn)
    assert len(provider.requests("never")) == 1
    assert not failing(server), "that is not the endpoint's fault"


def test_a_changed_environment_takes_effect_at_the_next_start_in_conversations_that_exist(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_INSTRUCTIONS="Be kind.")
    client, conversation = server.client(), uuid4()
    first = client.ask("s/hello", conversation=conversation)
    client.finished(first)
    server.terminate()
    url = provider.script("moved", say("Elsewhere."))
    changed = {"CHAT_PROVIDER_URL": url, "CHAT_INSTRUCTIONS": "Be brief.", "CHAT_MODEL": "other"}
    server.start(**changed)
    second = client.ask("Hello?", conversation=conversation, parent=first)
    assert client.finished(second)["state"] == "saved"
    asked = provider.requests("moved")[0]["body"]
    assert (asked["model"], asked["messages"][0]["content"]) == ("other", "Be brief.")
    assert server.rows("SELECT number, instructions FROM chat_assistantversion ORDER BY id") == [
        (1, "Be kind."),
        (2, "Be brief."),
    ]


def test_a_model_is_sent_as_much_as_its_endpoint_says_it_takes(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_PROVIDER_URL=provider.script("small", say("Answer.")))
    provider.lists("small", {"id": "fake", "context_length": 4096})
    client, conversation, parent = server.client(), uuid4(), ""
    for number in range(5):
        # 750 tokens each by our estimate; a window of 4,096 keeps a quarter for the answer.
        parent = client.ask(f"{number} " + "word " * 600, conversation=conversation, parent=parent)
        assert client.finished(parent)["state"] == "saved"
    asked = [r["body"]["messages"] for r in provider.requests("small") if "chat" in r["path"]]
    assert [len(messages) for messages in asked] == [1, 3, 5, 7, 7]
    assert "The oldest question of this conversation" in client.answer(parent)
    # Nothing is asked about short conversations.
    assert len(provider.requests("models/small")) == 1
    turn = client.ask("word " * 5000)
    assert client.finished(turn)["state"] == "failed"
    assert "become too long for the model" in client.answer(turn)
    assert len([r for r in provider.requests("small") if "chat" in r["path"]]) == 5
