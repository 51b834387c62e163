"""Stop: from any tab, at any moment; it reaches the provider's socket and keeps what was there."""

import functools
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from tests.client import Client
from tests.provider import END, SECRET, Provider, say
from tests.server import sound, without_nets
from tests.server.reading import Page
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture
def sluice(sluice: Callable[..., Server]) -> Callable[..., Server]:
    """Servers in which nothing happens that was not told: a renewal would hear of a stop too, after some seconds."""
    return functools.partial(sluice, DJANGO_SETTINGS_MODULE=without_nets.NAME)


def test_stop_from_another_tab_closes_the_provider_and_keeps_the_marked_part(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    provider.script("half", [["text", "The **first** half."], ["hang"]])
    here, there = server.client(), server.client()
    turn = here.ask("s/half")
    page = Page()
    with here.events(turn) as stream:
        _read_until(stream, page, "The first half.")
        _stop(there, turn, provider, "half")
        last = stream.until("done")[-1]
    assert json.loads(last.data) == {"state": "stopped", "reference": ""}
    row = server.turn(turn)
    assert (row["status"], row["finish"]) == ("stopped", "stopped")
    assert server.message(turn) == "The **first** half."
    answer = there.answer(turn)
    assert 'data-state="stopped"' in answer
    assert "This answer is incomplete." in answer
    assert "<strong>first</strong>" in answer
    sound.check(server)


def test_stop_after_a_reconnect(sluice: Callable[..., Server], provider: Provider) -> None:
    server = sluice()
    provider.script("half", [["text", "The first half."], ["hang"]])
    client = server.client()
    turn = client.ask("s/half")
    page = Page()
    with client.events(turn) as stream:
        _read_until(stream, page, "The first half.")
        cursor = stream.last_id
    with client.events(turn, after=cursor) as stream:
        _stop(client, turn, provider, "half")
        assert json.loads(stream.until("done")[-1].data)["state"] == "stopped"
    assert server.message(turn) == "The first half."


@pytest.mark.parametrize("silent", ["hang", "hang-after-headers"])
def test_stop_before_the_first_text_ends_without_a_message(
    sluice: Callable[..., Server], provider: Provider, silent: str
) -> None:
    server = sluice()
    client = server.client()
    turn = client.ask(f"s/{silent}")
    with client.events(turn) as stream:
        stream.until("state")
        provider.wait_for_request(silent)
        _stop(client, turn, provider, silent)
        assert json.loads(stream.until("done")[-1].data) == {"state": "stopped", "reference": ""}
    assert server.message(turn) is None
    assert server.turn(turn)["status"] == "stopped"
    assert "Nothing of this answer was kept." in client.answer(turn)
    sound.check(server)


def test_a_stopped_part_is_judged_like_any_answer(sluice: Callable[..., Server], provider: Provider) -> None:
    server = sluice()
    # Whether the key ends here is not known before the stop.
    provider.script("leak", [["text", f"The key is {SECRET}"], ["hang"]])
    client = server.client()
    turn = client.ask("s/leak")
    page = Page()
    with client.events(turn) as stream:
        _read_until(stream, page, "The key is")
        _stop(client, turn, provider, "leak")
        assert json.loads(stream.until("done")[-1].data)["state"] == "held"
    assert server.turn(turn) == {"status": "held", "finish": "blocked", "attempt": 1, "hold_kind": "flagged"}
    assert server.message(turn) is None
    assert SECRET not in client.answer(turn)
    with client.events(turn, after="1.1") as stream:
        assert [event.name for event in stream] == ["done"]
    sound.check(server)


def test_stop_has_no_effect_on_an_answer_that_is_being_checked(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_MODERATION_URL=provider.moderate("check", "gate"))
    client = server.client()
    turn = client.ask("s/hello")
    provider.wait_for_request("check")
    assert client.stop(turn).status_code == 204
    assert server.turn(turn)["status"] == "moderating"
    provider.release("check")
    assert client.finished(turn)["state"] == "saved"
    assert server.message(turn) == "Hello, world."
    assert server.turn(turn)["finish"] == "complete"


def test_stop_is_the_owners_alone_and_the_same_twice(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice()
    provider.script("half", [["text", "The first half."], ["gate"], *END])
    ann = server.client("ann")
    turn = ann.ask("s/half")
    page = Page()
    with ann.events(turn) as stream:
        _read_until(stream, page, "The first half.")
    for person in ("ben", "rita", "alma"):
        assert server.client(person).stop(turn).status_code == 404
    assert server.client("").stop(turn).status_code == 401
    assert ann.get(f"/turns/{turn}/stop/").status_code == 405
    assert server.turn(turn)["status"] == "streaming"
    with ThreadPoolExecutor(8) as pool:
        statuses = {response.status_code for response in pool.map(lambda _: ann.stop(turn), range(8))}
    assert statuses == {204}
    assert ann.finished(turn)["state"] == "stopped"
    assert ann.stop(turn).status_code == 204
    assert server.message(turn) == "The first half."
    done = ann.ask("s/hello")
    ann.finished(done)
    assert ann.stop(done).status_code == 204
    assert server.turn(done)["status"] == "saved"
    # Without JavaScript Stop is a form, which leads back to the page.
    plain = ann.post(f"/turns/{done}/stop/")
    assert plain.status_code == 302
    assert plain.headers["location"].startswith("/c/")


def test_what_a_stop_cuts_off_is_what_the_readers_had(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    """At whatever moment it comes: the message is what had arrived, and every reader's page holds exactly that."""
    server = sluice()
    words = " ".join(f"word{n}" for n in range(400))
    provider.script("stream", say(words, piece=9, wait=0.005))
    client = server.client()

    def stopped_at(word: str) -> None:
        turn = client.ask("s/stream")
        page = Page()
        with client.events(turn) as stream:
            _read_until(stream, page, word)
            client.stop(turn)
            for event in stream:
                page.apply(event)
        text = server.message(turn)
        assert text is not None
        assert words.startswith(text)
        assert word in text
        assert page.shows(text)

    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                stopped_at, ["word0", "word3", "word10", "word30", "word60", "word90", "word120", "word150"]
            )
        )
    sound.check(server)


def _read_until(stream: Any, page: Page, text: str) -> None:
    for event in stream:
        page.apply(event)
        if text in page.text:
            return
    raise AssertionError(f"the stream ended before {text!r}")


def _stop(client: Client, turn: UUID, provider: Provider, scenario: str) -> None:
    """Stop, and see the provider's connection closed by us."""
    request = provider.requests(scenario)[-1]
    assert request["ended"] is None
    asked = time.monotonic()
    assert client.stop(turn).status_code == 204
    ended = provider.wait_for_end(request["n"])
    assert ended["ended_by"] == "client", ended
    print(f"the provider's connection was closed {1000 * (ended['ended'] - asked):.0f} ms after Stop")
