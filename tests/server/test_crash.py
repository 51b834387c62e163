"""The server dies, or is told to end, in the middle of an answer; the next start makes an honest end of it."""

import contextlib
import json
import signal
import time
from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest

from tests.provider import END, Provider
from tests.server import sound
from tests.server.reading import Page
from tests.servers import Server
from tests.sse import Event, Stream

pytestmark = [pytest.mark.server, pytest.mark.slow]

CONVERSATION = uuid4()
DIED = "The server stopped while this answer was being written. Try again."
PIECES = ["First part. ", "Second part. ", "Third part."]


def test_an_answer_cut_by_kill_is_written_again_under_a_new_epoch(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server, turn, page, cursor = _halfway(sluice, provider)
    server.kill()
    server.start()
    began = time.monotonic()
    with server.client().events(turn, after=cursor) as stream:
        for state in stream:
            page.apply(state)  # the new text may be there first
            if state.name == "state":
                break
        assert json.loads(state.data) == {"state": "streaming", "note": "Writing it again from the start…"}
        assert state.id.startswith("2.")
        print(f"written again {time.monotonic() - began:.1f} s after the start")
        assert sound.expired_leases(server) == 0
        provider.release("halfway", 9)
        for event in stream:
            page.apply(event)
    assert event.name == "done"
    assert page.shows("".join(PIECES))
    assert server.message(turn) == "".join(PIECES)
    assert provider.requests("halfway")[1]["ended_by"] == "server"
    sound.check(server)


def test_a_turn_whose_process_dies_twice_ends_with_a_sentence_and_can_be_tried_again(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server, turn, _, _ = _halfway(sluice, provider)
    for restarts in (1, 2):
        server.kill()
        server.start()
        began = time.monotonic()
        if restarts == 1:
            with server.client().events(turn) as stream:
                _text(stream, Page(), PIECES[0])
    client = server.client()
    assert client.finished(turn) == {"state": "failed", "reference": ""}
    print(f"ended {time.monotonic() - began:.1f} s after the start")
    assert sound.expired_leases(server) == 0
    answer = client.answer(turn)
    assert DIED in answer
    assert "Retry" in answer
    assert "First part" not in answer
    assert server.message(turn) is None
    assert len(provider.requests("halfway")) == 2
    again = client.ask("s/hello", kind="retry", conversation=CONVERSATION)
    assert client.finished(again)["state"] == "saved"
    sound.check(server)


def test_an_orderly_end_hands_the_turn_on_without_counting_as_a_death(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server, turn, page, cursor = _halfway(sluice, provider)
    for number in (1, 2, 3):
        with server.client().events(turn, after=cursor) as stream:
            if number > 1:
                _clear(stream, page)
                _text(stream, page, PIECES[0])
            began = time.monotonic()
            assert server.terminate() == 0
            print(f"ended {time.monotonic() - began:.1f} s after SIGTERM")
            assert stream.until("interrupted")[-1].name == "interrupted"
            cursor = stream.last_id or cursor
        assert server.turn(turn)["status"] == "accepted"
        server.start()
    with server.client().events(turn, after=cursor) as stream:
        _clear(stream, page)
        provider.release("halfway", 99)
        for event in stream:
            page.apply(event)
    assert event.name == "done"
    assert page.shows("".join(PIECES))
    assert server.message(turn) == "".join(PIECES)
    assert server.turn(turn)["attempt"] == 4
    sound.check(server)


def test_a_stop_that_was_asked_for_survives_the_death_of_the_process(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    turn = uuid4()
    server, _, _, _ = _halfway(
        sluice, provider, turn, DJANGO_SETTINGS_MODULE="tests.server.patched",
        DIE_AT="chat.runner.local:LocalRunner._signal:before", DIE_TURN=str(turn),
    )  # fmt: skip
    with contextlib.suppress(httpx.TransportError):
        server.client().stop(turn)
    assert server.process is not None
    assert server.process.wait(timeout=20) == -signal.SIGKILL
    server.start(DIE_AT="")
    client = server.client()
    assert client.finished(turn) == {"state": "stopped", "reference": ""}
    assert server.turn(turn)["finish"] == "stopped"
    assert server.message(turn) is None
    assert "Stopped." in client.answer(turn)
    assert len(provider.requests("halfway")) == 1
    sound.check(server)


def _halfway(
    sluice: Callable[..., Server], provider: Provider, turn: UUID | None = None, **env: str
) -> tuple[Server, UUID, Page, str]:
    """A server in the middle of an answer, what a reader's page holds by then, and its cursor."""
    server = sluice(**env)
    steps = [step for piece in PIECES for step in (["gate"], ["text", piece])]
    provider.script("halfway", [*steps[1:], *END])
    client = server.client()
    turn = client.ask("s/halfway", turn=turn or uuid4(), conversation=CONVERSATION)
    page = Page()
    with client.events(turn) as stream:
        _text(stream, page, PIECES[0])
    return server, turn, page, stream.last_id


def _next(stream: Stream, name: str) -> Event:
    return next(event for event in stream if event.name == name)


def _clear(stream: Stream, page: Page) -> None:
    """Read on until the page has been emptied for the text to start over."""
    before = page.redraws
    while page.redraws == before:
        page.apply(_next(stream, "message"))


def _text(stream: Stream, page: Page, text: str) -> None:
    """Read on until the page shows the text."""
    while text.strip() not in page.text:
        page.apply(_next(stream, "message"))
