"""A process is killed in the middle of answers; another one goes on where they were, and readers see a pause."""

import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from tests.client import Client
from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.server import sound
from tests.server.reading import Page
from tests.server.several import to_the_end, until_shown
from tests.server.texts import text_of
from tests.servers import Server
from tests.sse import Event

pytestmark = [pytest.mark.server, pytest.mark.slow]

KILLS, AT_ONCE = 3, 17  # 51 points
SECONDS = 4.0  # that the provider takes to say an answer
Pair = tuple[Server, Server]


@dataclass
class Case:
    """An answer, and what its reader saw."""

    name: str
    whole: str
    turn: UUID
    page: Page = field(default_factory=Page)
    events: list[Event] = field(default_factory=list)

    def read(self, client: Client) -> None:
        with client.events(self.turn) as stream:
            self.events += to_the_end(stream, self.page)

    @property
    def notes(self) -> list[str]:
        return [json.loads(event.data)["note"] for event in self.events if event.name == "state"]

    def saw_no_more_than_a_pause(self) -> None:
        assert json.loads(self.events[-1].data)["state"] == "saved", self.name
        assert self.page.redraws == 0, f"{self.name}: the page was cleared"
        assert self.page.shows(self.whole), self.name
        cursors = [tuple(map(int, event.id.split("."))) for event in self.events if event.id]
        assert cursors == sorted(cursors), self.name
        assert {epoch for epoch, _ in cursors} == {1}, self.name
        assert not any(self.notes), (self.name, self.notes)


@pytest.fixture
def pair(sluice: Callable[..., Server], redis: RedisServer) -> Pair:
    first = sluice(REDIS_URL=redis.url, CHAT_PROVIDER_CONTINUES="assistant")
    second = first.beside()
    second.start()
    return first, second


def spoken(whole: str, number: int) -> list[list[Any]]:
    """Released once, the text in pieces of 1 to 40 characters over some seconds."""
    chance, steps, at = random.Random(number), [["gate"]], 0
    while at < len(whole):
        size = chance.randint(1, 40)
        steps += [["text", whole[at : at + size]], ["wait", SECONDS * size / len(whole)]]
        at += size
    return [*steps, *END]


def test_answers_cut_at_fifty_points_by_kill_are_the_same_as_uninterrupted_ones(
    pair: Pair, provider: Provider
) -> None:
    chance, served = random.Random(50), 0
    for kill in range(KILLS):
        writer, other = pair[kill % 2], pair[1 - kill % 2]
        client, reader = writer.client(), other.client()
        cases = []
        for number in range(kill * AT_ONCE, (kill + 1) * AT_ONCE):
            whole, name = text_of(number), f"said-{number}"
            provider.script(name, spoken(whole, number))
            cases.append(Case(name, whole, client.ask(f"s/{name}")))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            reading = [pool.submit(case.read, reader) for case in cases]
            # Each is somewhere else when the process dies; some have hardly begun, some are nearly done.
            began, moments = time.monotonic(), sorted(chance.uniform(0, 0.95 * SECONDS) for _ in cases)
            for moment, case in zip(moments, cases, strict=True):
                time.sleep(max(0.0, began + moment - time.monotonic()))
                provider.release(case.name, 2)  # also for one that has no text yet, which is asked for again
            writer.kill()
            for done in reading:
                done.result()
        for case in cases:
            assert other.message(case.turn) == case.whole, case.name
            case.saw_no_more_than_a_pause()
            asked = [request["body"]["messages"][-1] for request in provider.requests(case.name)]
            served += len(asked) == 2 and asked[1]["role"] == "assistant"
            row = other.turn(case.turn)
            assert (row["status"], row["finish"], row["attempt"]) == ("saved", "complete", len(asked))
        sound.check(other)
        writer.start()
    # The others had no text yet, or had ended.
    print(f"{served} of {KILLS * AT_ONCE} answers went on after a kill")
    assert served > KILLS * AT_ONCE * 0.7


def test_an_answer_goes_on_through_one_death_after_the_other_and_keeps_its_reasoning(
    pair: Pair, provider: Provider
) -> None:
    pieces = [f"Sentence {number} of *many*.\n\n" for number in range(4)]
    steps = [step for piece in pieces for step in (["text", piece], ["gate"])]
    provider.script("stairs", [["reasoning", "Let me "], ["reasoning", "see."], *steps, *END])
    case = Case("stairs", "".join(pieces), pair[0].client().ask("s/stairs"))
    for number in range(3):
        writer, other = pair[number % 2], pair[1 - number % 2]
        last = case.events[-1].id if case.events else ""
        with other.client().events(case.turn, after=last) as stream:
            case.events += until_shown(stream, case.page, f"Sentence {number} of")
            case.events = [event for event in case.events if event.id]
            writer.kill()
            provider.wait_for_request("stairs", number + 2)
            provider.release("stairs")
            case.events += until_shown(stream, case.page, f"Sentence {number + 1} of")
            case.events = [event for event in case.events if event.id]
        writer.start()
    provider.release("stairs")
    with pair[0].client().events(case.turn, after=case.events[-1].id) as stream:
        case.events += to_the_end(stream, case.page)
    case.saw_no_more_than_a_pause()
    body = json.loads(sound.rows(pair[0], "message", "body", case.turn)[-1][0])
    assert (body["text"], body["reasoning"]) == (case.whole, "Let me see.")
    assert pair[0].turn(case.turn)["attempt"] == 4


def test_an_orderly_end_hands_over_text_and_all(pair: Pair, provider: Provider) -> None:
    provider.script("half", [["text", "One, "], ["gate"], ["text", "two."], *END])
    case = Case("half", "One, two.", pair[0].client().ask("s/half"))
    with pair[1].client().events(case.turn) as stream:
        case.events += until_shown(stream, case.page, "One,")
        assert pair[0].terminate() == 0
        provider.wait_for_request("half", 2)
        provider.release("half", 2)
        case.events += to_the_end(stream, case.page)
    case.saw_no_more_than_a_pause()
    assert pair[1].message(case.turn) == case.whole


def test_a_provider_that_refuses_the_beginning_writes_it_again_and_that_is_said(
    pair: Pair, provider: Provider
) -> None:
    provider.script("half", [["continues", "refuses"], ["text", "One, "], ["gate"], ["text", "two."], *END])
    case = Case("half", "One, two.", pair[0].client().ask("s/half"))
    with pair[1].client().events(case.turn) as stream:
        case.events += until_shown(stream, case.page, "One,")
        pair[0].kill()
        provider.wait_for_request("half", 3)
        provider.release("half", 2)
        case.events += to_the_end(stream, case.page)
    assert any("again from the start" in note for note in case.notes)
    assert case.page.shows(case.whole)
    assert pair[1].message(case.turn) == case.whole
    assert [event.id.partition(".")[0] for event in case.events if event.id][-1] == "2"


def test_after_redis_went_back_in_time_no_reader_keeps_a_text_that_is_not_the_answer(
    pair: Pair, redis: RedisServer, provider: Provider
) -> None:
    steps = [["text", "One, "], ["gate"], ["text", "two, "], ["gate"], ["text", "three."], *END]
    provider.script("half", steps)
    case = Case("half", "One, two, three.", pair[0].client().ask("s/half"))
    reader = pair[1].client()
    with reader.events(case.turn) as stream:
        until_shown(stream, case.page, "One,")
        redis.remember()
        provider.release("half")
        until_shown(stream, case.page, "two,")
        before = stream.last_id
    pair[0].kill()
    redis.go_back()
    asked = provider.wait_for_request("half", 2, within=60)
    assert asked["body"]["messages"][-1] == {"role": "assistant", "content": "One,"}
    provider.release("half", 9)
    with reader.events(case.turn, after=before) as stream:
        case.events += to_the_end(stream, case.page)
    assert json.loads(case.events[-1].data)["state"] == "saved"
    assert case.page.shows(case.whole)
    assert pair[1].message(case.turn) == case.whole
    assert {event.id.partition(".")[0] for event in case.events if event.id} == {"2"}


@pytest.mark.postgresql
def test_another_worker_goes_on_where_a_killed_one_was(
    sluice: Callable[..., Server], redis: RedisServer, provider: Provider
) -> None:
    web = sluice(
        wait=False, REDIS_URL=redis.url, CHAT_RUNNER="procrastinate", CHAT_PROVIDER_CONTINUES="assistant"
    )
    web.start()
    first = web.beside("worker").start()
    provider.script("half", [["text", "One, "], ["gate"], ["text", "two."], *END])
    case = Case("half", "One, two.", web.client().ask("s/half"))
    with web.client().events(case.turn) as stream:
        case.events += until_shown(stream, case.page, "One,")
        case.events.clear()  # the place in line was told before
        web.beside("worker").start()
        first.kill()
        provider.wait_for_request("half", 2)
        provider.release("half")
        case.events += to_the_end(stream, case.page)
    case.saw_no_more_than_a_pause()
    assert web.message(case.turn) == case.whole
