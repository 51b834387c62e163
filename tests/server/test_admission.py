"""More turns than a process can answer: the others wait in line, are told so, and begin in order."""

import json
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.client import Client
from tests.provider import END, Provider
from tests.servers import Server
from tests.sse import Stream

pytestmark = pytest.mark.server

LINE = "Many answers are being written; yours is number {} in line."


def note(stream: Stream) -> str:
    return json.loads(stream.until("state")[-1].data)["note"]


def until_text(stream: Stream, text: str) -> None:
    for event in stream:
        if text in event.data:
            return
    raise AssertionError(f"the stream ended without {text!r}")


def gated(provider: Provider, *names: str) -> None:
    for name in names:
        provider.script(name, [["text", f"This is {name}."], ["gate"], *END])


def test_turns_past_the_capacity_wait_in_line_and_begin_in_order(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    ann: Client = sluice(CHAT_CAPACITY="1").client("ann")
    names = ["one", "two", "three", "four"]
    gated(provider, *names)
    turns = [ann.ask(f"s/{name}") for name in names]
    streams = [ann.events(turn) for turn in turns]
    until_text(streams[0], "This is one.")
    for place, stream in enumerate(streams[1:], 1):
        assert note(stream) == LINE.format(place)
    provider.release("one")
    assert streams[0].until("done")[-1].name == "done"
    until_text(streams[1], "This is two.")
    assert note(streams[2]) == LINE.format(1)
    assert note(streams[3]) == LINE.format(2)
    assert provider.requests("three") == []

    # A stop in line ends that turn at once, and the one behind it moves up.
    assert ann.stop(turns[2]).status_code == 204
    assert json.loads(streams[2].until("done")[-1].data)["state"] == "stopped"
    assert note(streams[3]) == LINE.format(1)
    provider.release("two")
    provider.wait_for_request("four")
    provider.release("four")
    until_text(streams[3], "This is four.")
    assert json.loads(streams[3].until("done")[-1].data)["state"] == "saved"
    assert provider.requests("three") == []
    began = [provider.requests(name)[0]["began"] for name in ("one", "two", "four")]
    assert all(before < after for before, after in pairwise(began))


def test_a_server_that_is_killed_forgets_no_turn_in_line(
    sluice: Callable[..., Server], provider: Provider
) -> None:
    server = sluice(CHAT_CAPACITY="1")
    ann = server.client("ann")
    gated(provider, "one")
    first, second = ann.ask("s/one"), ann.ask("s/hello")
    with ann.events(second) as stream:
        assert note(stream) == LINE.format(1)
    server.kill()
    provider.release("one", times=9)
    server.start()
    assert ann.finished(first)["state"] == "saved"
    assert ann.finished(second)["state"] == "saved"
