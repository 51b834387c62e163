"""What a POST of a turn may be, how often it counts, and what a browser without scripts gets."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import httpx
import pytest

from tests.client import Client
from tests.provider import END, FORBIDDEN, Provider
from tests.server import sound
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]


def test_a_person_has_a_limit_of_running_answers_of_their_own(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_MAX_RUNNING="2")
    ann, ben = server.client("ann"), server.client("ben")
    first, second = ann.ask("s/hang"), ann.ask("s/hang")
    refused = ann.post_turn("s/hello")
    assert refused.status_code == 429
    assert "You have 2 answers being written at once" in refused.text
    ben.ask("s/hello")
    ann.stop(first)
    ann.finished(first)
    assert ann.finished(ann.ask("s/hello"))["state"] == "saved"
    ann.stop(second)
    (count,) = server.rows("SELECT count(*) FROM chat_turn")[0]
    assert count == 4


def test_what_cannot_be_sent_is_said_in_a_sentence_and_stores_nothing(sluice: Callable[..., Server]) -> None:
    server = sluice(CHAT_MAX_QUESTION="1000")
    client = server.client()
    for text in ("", "   ", "\n\n", "\r\n \t"):
        refused = client.post_turn(text)
        assert (refused.status_code, "Write something first." in refused.text) == (422, True), repr(text)
    for length in (1001, 100_000):
        refused = client.post_turn("ä" * length)
        assert refused.status_code == 422, length
        assert f"{length:,} characters" in refused.text
        assert "1,000" in refused.text
    assert client.post_turn("x" * 1000).status_code == 200
    for fields in ({"kind": "sing"}, {"conversation": "none"}, {"kind": ""}):
        assert client.post_turn("hello", **fields).status_code == 400, fields
    assert client.post_turn("hello", parent=uuid4()).status_code == 404
    huge = client.post("/turns/", content=b"text=" + b"x" * 30_000_000, headers=_FORM)
    assert 400 <= huge.status_code < 500
    assert client.get("/healthz").status_code == 200
    (count,) = server.rows("SELECT count(*) FROM chat_turn")[0]
    assert count == 1


def test_the_same_post_twenty_times_at_once_is_one_turn(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    turn, fields = uuid4(), {"conversation": uuid4()}
    clients = [server.client("ann") for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(lambda client: client.post_turn("s/hello", turn=turn, **fields), clients))
    assert [response.status_code for response in responses] == [200] * 20
    assert all(f'id="turn-{turn}"' in response.text for response in responses)
    assert clients[0].finished(turn)["state"] == "saved"
    assert len(provider.requests("hello")) == 1
    assert server.rows("SELECT count(*) FROM chat_turn") == [(1,)]
    assert server.rows("SELECT count(*) FROM chat_message") == [(2,)]
    # Long afterwards still the same turn, and it is not asked again.
    assert clients[0].post_turn("s/hello", turn=turn, **fields).status_code == 200
    assert len(provider.requests("hello")) == 1
    other = clients[0].post_turn("s/hello again", turn=turn, **fields)
    assert other.status_code == 409
    assert "already sent with another text" in other.text
    assert server.client("ben").post_turn("s/hello", turn=turn, **fields).status_code == 404
    assert server.message(turn, "user") == "s/hello"
    sound.check(server)


def test_nothing_follows_an_answer_that_is_still_being_written(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    client = server.client()
    conversation = uuid4()
    provider.script("slowly", [["text", "Half"], ["gate"], *END])
    first = client.ask("s/slowly", conversation=conversation)
    early = client.post_turn("s/hello", conversation=conversation, parent=first)
    assert early.status_code == 409
    assert "still being written" in early.text
    provider.release("slowly")
    client.finished(first)
    second = client.ask("s/hello", conversation=conversation, parent=first)
    assert client.finished(second)["state"] == "saved"
    messages = provider.requests("hello")[0]["body"]["messages"]
    assert [(m["role"], m["content"]) for m in messages if m["role"] != "system"] == [
        ("user", "s/slowly"), ("assistant", "Half"), ("user", "s/hello")
    ]  # fmt: skip


def test_any_characters_can_be_sent_and_come_back(sluice: Callable[..., Server], provider: Provider) -> None:
    server = sluice()
    client = server.client()
    provider.script(
        "odd", [["text", "a\x00b"], ["text", "\ud83d"], ["text", "\ude00"], ["text", "\udfff!"], *END]
    )
    for sent, stored in [
        ("s/odd\x00", "s/odd\ufffd"), ("\u202es/odd", "\u202es/odd"), ("s/odd\r\nline", "s/odd\nline"),
        ("<b>&amp;😀\x07", "<b>&amp;😀\x07"),
    ]:  # fmt: skip
        turn = client.ask(sent)
        client.finished(turn)
        assert server.message(turn, "user") == stored
    turn = client.ask("s/odd")
    assert client.finished(turn)["state"] == "saved"
    assert server.message(turn) == "a\ufffdb😀\ufffd!"
    # A lone surrogate has no UTF-8; its bytes, as no browser sends them, become replacement characters.
    body = f"turn={uuid4()}&conversation={uuid4()}&parent=&kind=send&text=x%ED%A0%80y"
    assert client.post("/turns/", content=body, headers=_FORM | {"HX-Request": "true"}).status_code == 200
    sound.check(server)


def test_without_scripts_a_post_leads_to_the_page_with_the_answer(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    client = server.client()
    conversation = uuid4()
    response = _plain(client, "s/hello", conversation=conversation)
    assert response.status_code == 302
    assert response.headers["location"] == f"/c/{conversation}/"
    page = client.get(response.headers["location"]).text
    assert "Hello, world." in page
    assert 'http-equiv="refresh"' not in page
    refused = _plain(client, " " * 5, conversation=conversation)
    assert refused.status_code == 422
    assert "Write something first." in refused.text
    assert "Hello, world." in refused.text


def test_without_scripts_a_long_answer_is_a_page_that_renews_itself_and_shows_nothing_unjudged(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    """The POST waits for 10 s; how much later its answer is there depends on the machine."""
    server = sluice()
    client = server.client()
    conversation = uuid4()
    provider.script("secretly", [["text", "an unjudged zebra "], ["gate"], ["text", FORBIDDEN], *END])
    began = time.monotonic()
    response = _plain(client, "s/secretly", conversation=conversation)
    took = time.monotonic() - began
    print(f"the plain POST waited {took:.1f} s")
    assert took > 9.9
    assert response.status_code == 302
    page = client.get(response.headers["location"]).text
    assert 'http-equiv="refresh" content="10"' in page
    assert "is being written and checked" in page
    assert "zebra" not in page
    provider.release("secretly")
    (turn,) = server.rows("SELECT id FROM chat_turn")[0]
    client.finished(UUID(str(turn)))
    page = client.get(response.headers["location"]).text
    assert 'http-equiv="refresh"' not in page
    assert "zebra" in page


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _plain(client: Client, text: str, **fields: object) -> httpx.Response:
    """As a browser without scripts posts the composer's form."""
    form = {"turn": uuid4(), "parent": "", "kind": "send", "text": text, **fields}
    return client.post("/turns/", data={name: str(value) for name, value in form.items()})
