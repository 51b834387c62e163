"""What passes on the wire before a verdict, by the bytes that were recorded on the way: of an answer in the mode `full` nothing,
in `window` what has passed.
"""

import json
from collections.abc import Callable, Iterable
from uuid import UUID

import pytest

from tests.client import Client
from tests.provider import END, FORBIDDEN, Provider, say
from tests.provider_scripts import CALLED, Script, call
from tests.proxy import Proxy
from tests.server import sound
from tests.server.judging import GUARD, judged
from tests.server.reading import Page
from tests.servers import Server
from tests.sockets import Socket
from tests.sse import Event, Stream

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]

DOORS = ["events", "socket"]
BIRDS = ["heron", "plover", "bittern", "dunlin", "godwit", "whimbrel", "avocet", "curlew", "stilt", "ruff"]
# Each channel with a word that stands nowhere else.
EVERYWHERE: Script = [
    ["reasoning", "A heron comes to mind. "], ["reasoning", "Or a plover."], ["text", "The bittern booms"],
    ["text", ", and the dunlin runs.\n\n"], ["refusal", "Of the godwit I say nothing."], call(0, "", "whimbrel", "avocet"),
    call(0, '{"kind": "cur'), call(0, 'lew", "count": 12}'), ["text", "- a stilt\n- a ruff\n"], *CALLED,
]  # fmt: skip
NOTHING = {"thoughts": "", "content": "", "refusal": "", "calls": ""}
SENTENCE = "In the reeds at the far end of the lake, where the water is still and shallow, stands a {}. "


def birds(*texts: str | bytes | bytearray) -> set[str]:
    whole = b" ".join(text.encode() if isinstance(text, str) else text for text in texts)
    return {bird for bird in BIRDS if bird.encode() in whole}


def opened(client: Client, door: str, turn: UUID) -> Stream | Socket:
    return client.events(turn) if door == "events" else client.socket(turn)


def read(stream: Iterable[Event], page: Page, until: Callable[[Event], bool]) -> Event:
    for event in stream:
        page.apply(event)
        if until(event):
            return event
    raise AssertionError("the stream ended before")


def is_state(state: str) -> Callable[[Event], bool]:
    return lambda event: event.name == "state" and json.loads(event.data)["state"] == state


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("verdict", ["pass", "flag"])
def test_in_full_mode_not_a_byte_of_an_answer_is_on_the_wire_before_its_verdict(
    sluice: Callable[..., Server], provider: Provider, door: str, verdict: str
) -> None:
    server = judged(sluice, provider, "llama-guard-3", "full", timeout=60).start()
    provider.judge(GUARD, "llama-guard-3", "gate")
    last = [["text", f"{FORBIDDEN}."]] if verdict == "flag" else []
    provider.script("everywhere", [*last, *EVERYWHERE])
    with Proxy(server.address) as proxy, Client(proxy.address, server.sessions["ann"]) as client:
        turn, page = client.ask("s/everywhere"), Page()
        with opened(client, door, turn) as stream:
            read(stream, page, is_state("moderating"))
            provider.wait_for_request(GUARD, 4)  # each channel is being judged
            for address in (f"/turns/{turn}/", f"/turns/{turn}/answer/", "/sidebar/", "/search/?q=booms"):
                assert client.get(address).status_code == 200
            assert birds(proxy.down) == set()
            provider.release(GUARD, 99)
            read(stream, page, lambda event: event.name == "done")
        assert birds(proxy.down) == set()
        assert {place: each.content.text() for place, each in page.places.items()} == NOTHING
        assert sound.rows(server, "exposure", "characters, beside", turn) == []
        shown = client.answer(turn)  # a page is given it now, if it has passed
    assert birds(shown) == (set(BIRDS) - {"avocet"} if verdict == "pass" else set())
    assert birds(proxy.down) == birds(shown)
    sound.check(server)


@pytest.mark.parametrize("door", DOORS)
def test_without_it_all_of_that_is_on_the_wire(
    sluice: Callable[..., Server], provider: Provider, door: str
) -> None:
    """So the test above would see it."""
    server = judged(sluice, provider, "llama-guard-3", "post", timeout=60).start()
    provider.judge(GUARD, "llama-guard-3", "gate")
    provider.script("everywhere", EVERYWHERE)
    with Proxy(server.address) as proxy, Client(proxy.address, server.sessions["ann"]) as client:
        turn, page = client.ask("s/everywhere"), Page()
        with opened(client, door, turn) as stream:
            read(stream, page, is_state("moderating"))
            assert birds(proxy.down) == set(BIRDS) - {"avocet"}  # an id is for the model alone
            provider.release(GUARD, 99)
            read(stream, page, lambda event: event.name == "done")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("third", ["pass", "flag", "error"])
def test_in_window_mode_nothing_is_on_the_wire_but_what_has_passed(
    sluice: Callable[..., Server], provider: Provider, door: str, third: str
) -> None:
    """`third`: the verdict on the third window. What comes after it is judged with the whole."""
    server = judged(sluice, provider, "llama-guard-3", "window", timeout=60).start()
    provider.judge(GUARD, "llama-guard-3", "gate")
    sentences = [SENTENCE.format(bird) for bird in BIRDS]
    if third == "flag":
        sentences[4] = SENTENCE.format(f"{BIRDS[4]} that is {FORBIDDEN}")
    # The provider goes on for long enough: what is being asked when it ends is judged with the whole.
    provider.script("birds", [*say("".join(sentences), piece=11)[: -len(END)], ["gate"], *END])
    with Proxy(server.address) as proxy, Client(proxy.address, server.sessions["ann"]) as client:
        turn, page = client.ask("s/birds"), Page()
        passed: set[str] = set()
        with opened(client, door, turn) as stream:
            for number in (1, 2):
                request = provider.wait_for_request(GUARD, number)
                asked = birds(request["body"]["messages"][-1]["content"]) - passed
                assert asked
                assert birds(proxy.down) == passed
                if (number, third) == (2, "error"):
                    provider.judge(GUARD, "llama-guard-3", "status-401")  # from the next request on
                provider.release(GUARD)
                passed |= asked
                read(stream, page, lambda _, wanted=passed: birds(page.text) == wanted)
                assert birds(proxy.down) == passed
            provider.wait_for_request(GUARD, 3)
            assert birds(proxy.down) == passed
            provider.release(GUARD, 99)
            if third == "pass":
                read(stream, page, lambda _: birds(page.text) - passed)
            assert birds(proxy.down) == birds(page.text)
            provider.release("birds")
            end = read(stream, page, lambda event: event.name == "done")
        assert json.loads(end.data)["state"] == ("saved" if third == "pass" else "held")
        assert "".join(sentences).startswith(page.text)
        if third != "pass":
            assert birds(proxy.down) == passed
            assert server.turn(turn)["hold_kind"] == {"flag": "flagged", "error": "unchecked"}[third]
    sound.check(server)
