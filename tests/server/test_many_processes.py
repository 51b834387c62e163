"""Two processes on one database and one Redis: each does what the other began, and a dead one is missed by nobody."""

import json
import signal
import time
from collections.abc import Callable

import pytest

from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.server import sound, without_nets
from tests.server.reading import Page
from tests.server.several import logs, refused, to_the_end, unready, until_shown
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

Pair = tuple[Server, Server]


@pytest.fixture
def pair(sluice: Callable[..., Server], redis: RedisServer) -> Pair:
    first = sluice(REDIS_URL=redis.url)
    second = first.beside()
    second.start()
    return first, second


@pytest.fixture
def told(sluice: Callable[..., Server], redis: RedisServer) -> Pair:
    """The same, where nothing happens that was not told."""
    first = sluice(REDIS_URL=redis.url, DJANGO_SETTINGS_MODULE=without_nets.NAME)
    second = first.beside()
    second.start()
    return first, second


def test_a_turn_begun_in_one_process_is_read_and_resumed_in_both(pair: Pair, provider: Provider) -> None:
    pieces = [f"Sentence {n} of *many*.\n\n" for n in range(12)]
    provider.script("stairs", [step for piece in pieces for step in (["text", piece], ["gate"])] + END)
    clients = [server.client() for server in pair]
    turn = clients[0].ask("s/stairs")
    page, last = Page(), ""
    for number in range(len(pieces)):
        # A browser that is sent to the other process at each reconnect.
        with clients[(number + 1) % 2].events(turn, after=last) as stream:
            until_shown(stream, page, f"Sentence {number} of")
            last = stream.last_id
        if number + 1 < len(pieces):
            provider.release("stairs")
    with clients[1].events(turn, after=last) as stream:
        provider.release("stairs")
        assert to_the_end(stream, page)[-1].name == "done"
    assert page.shows("".join(pieces))
    assert page.redraws == 0
    assert pair[0].message(turn) == "".join(pieces)
    sound.check(pair[0])


def test_stop_at_one_process_reaches_the_provider_of_the_other(told: Pair, provider: Provider) -> None:
    provider.script("half", [["text", "The first half."], ["hang"]])
    here, there = (server.client() for server in told)
    turn = here.ask("s/half")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, "The first half.")
        stopped = time.monotonic()
        there.stop(turn)
        record = provider.wait_for_end(provider.wait_for_request("half")["n"])
        assert json.loads(to_the_end(stream, page)[-1].data)["state"] == "stopped"
    print(f"closed {1000 * (record['ended'] - stopped):.0f} ms after Stop")
    assert record["ended_by"] == "client"
    assert told[0].message(turn) == "The first half."


def test_signing_out_at_one_process_ends_the_stream_at_the_other(told: Pair, provider: Provider) -> None:
    provider.script("long", [["text", "for you"], ["gate"], *END])
    here, there = (server.client() for server in told)
    turn = here.ask("s/long")
    with there.events(turn) as stream:
        until_shown(stream, Page(), "for you")
        here.post("/logout/")
        assert [event.name for event in stream][-1] == "signed-out"
    provider.release("long")


def test_a_hold_in_one_process_is_purged_for_the_readers_of_the_other(
    sluice: Callable[..., Server], redis: RedisServer, provider: Provider
) -> None:
    provider.moderate("check", "gate")
    first = sluice(REDIS_URL=redis.url, CHAT_MODERATION_URL=provider.url("check"))
    second = first.beside()
    second.start()
    here, there = first.client(), second.client()
    turn = here.ask("s/forbidden")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, " ")
        provider.release("check", 9)
        assert json.loads(to_the_end(stream, page)[-1].data)["state"] == "held"
    assert all(len(entries) == 1 for entries in logs(redis))
    [(person, characters)] = sound.rows(first, "exposure", "person_id, characters", turn)
    assert person is not None
    assert characters >= len(page.text)


def test_a_process_that_is_killed_is_replaced_by_the_other_and_its_readers_are_told(
    pair: Pair, provider: Provider
) -> None:
    provider.script("twice", [["text", "First try."], ["hang"]], [["text", "Second try"], *END])
    here, there = (server.client() for server in pair)
    turn = here.ask("s/twice")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, "First try.")
        pair[0].kill()
        seen = to_the_end(stream, page)
    states = [json.loads(event.data) for event in seen if event.name == "state"]
    assert any("again from the start" in state["note"] for state in states)
    assert json.loads(seen[-1].data)["state"] == "saved"
    assert page.shows("Second try")
    assert pair[1].message(turn) == "Second try"
    assert pair[1].turn(turn)["attempt"] == 2
    sound.check(pair[1])


def test_a_process_that_was_paused_past_its_lease_writes_nothing_when_it_wakes(
    pair: Pair, redis: RedisServer, provider: Provider
) -> None:
    provider.script(
        "twice", [["text", "First try."], ["gate"], ["text", " goes on"], *END], [["text", "Second"], *END]
    )
    here, there = (server.client() for server in pair)
    turn = here.ask("s/twice")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, "First try.")
        assert pair[0].process is not None
        pair[0].process.send_signal(signal.SIGSTOP)
        seen = to_the_end(stream, page)
    assert json.loads(seen[-1].data)["state"] == "saved"
    stored, logged = sound.rows(pair[1], "message", "role, body", turn), logs(redis)
    provider.release("twice")
    pair[0].process.send_signal(signal.SIGCONT)
    assert provider.wait_for_end(provider.requests("twice")[0]["n"], within=60)["ended_by"]
    assert here.finished(turn) == there.finished(turn) == {"state": "saved", "reference": ""}
    assert sound.rows(pair[1], "message", "role, body", turn) == stored
    assert logs(redis) == logged
    assert pair[1].message(turn) == "Second"
    assert page.shows("Second")
    sound.check(pair[1])


def test_an_orderly_end_hands_running_turns_to_the_other_process(pair: Pair, provider: Provider) -> None:
    provider.script("twice", [["text", "First try."], ["hang"]], [["text", "Second try"], *END])
    here, there = (server.client() for server in pair)
    turn = here.ask("s/twice")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, "First try.")
        assert pair[0].terminate() == 0
        assert json.loads(to_the_end(stream, page)[-1].data)["state"] == "saved"
    assert page.shows("Second try")
    assert "Traceback" not in pair[0].log


def test_an_answer_outlives_a_redis_that_forgets_everything(
    pair: Pair, redis: RedisServer, provider: Provider
) -> None:
    provider.script(
        "stairs", [["text", "One, "], ["gate"], ["text", "two, "], ["gate"], ["text", "three."], *END]
    )
    here, there = (server.client() for server in pair)
    turn = here.ask("s/stairs")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, "One,")
        redis.kill()
        redis.start(keep=False)
        provider.release("stairs")
        until_shown(stream, page, "One, two,")
        provider.release("stairs")
        assert json.loads(to_the_end(stream, page)[-1].data)["state"] == "saved"
    assert page.shows("One, two, three.")
    assert pair[0].message(turn) == "One, two, three."
    assert pair[0].turn(turn)["attempt"] == 1


def test_without_redis_an_answer_is_still_written_and_its_readers_are_told_its_end(
    pair: Pair, redis: RedisServer, provider: Provider
) -> None:
    provider.script("half", [["text", "One, "], ["gate"], ["text", "two."], *END])
    here, there = (server.client() for server in pair)
    turn = here.ask("s/half")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, "One,")
        redis.kill()
        for client in (here, there):
            unready(client, "Redis (REDIS_URL)")
        provider.release("half")
        seen = to_the_end(stream, page)
    assert json.loads(seen[-1].data)["state"] == "saved"
    assert pair[0].message(turn) == "One, two."
    redis.start()
    for client in (here, there):
        unready(client, "", status=200)
    # The log is told what it missed, by whoever is first: nobody would look there any more, but it must not keep what
    # it has for ever.
    deadline = time.monotonic() + 60
    while [entries[-1][1][b"k"] for entries in logs(redis)] != [b"turn.completed"]:
        assert time.monotonic() < deadline, logs(redis)
        time.sleep(0.05)


def test_processes_that_would_not_see_each_others_logs_do_not_start_together(
    sluice: Callable[..., Server], redis: RedisServer
) -> None:
    shared = sluice(REDIS_URL=redis.url)
    alone = shared.beside()
    alone.env["REDIS_URL"] = ""
    assert "set REDIS_URL for all of them, or stop the other one." in refused(alone)
    shared.kill()
    alone.start()
    shared.launch()
    assert shared.process is not None
    assert shared.process.wait(timeout=30) == 1
    assert "It keeps its stream log in memory and must be alone" in shared.log


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://localhost:6379", "REDIS_URL cannot be read; write redis://"),
        ("redis://:secret@", "REDIS_URL cannot be read; write redis://"),
        ("redis://:secret@127.0.0.1:1/0", "the Redis in REDIS_URL cannot be used: "),
    ],
)
def test_a_redis_that_cannot_be_ends_the_start_in_a_sentence(
    sluice: Callable[..., Server], address: str, says: str
) -> None:
    sentence = refused(sluice(wait=False, REDIS_URL=address))
    assert sentence.startswith("Sluice cannot start: ")
    assert says in sentence
    assert "secret" not in sentence
