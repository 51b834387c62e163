"""Turns in a queue, answered by worker processes: web processes only serve, and no death or end of any loses a turn."""

import json
import signal
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests import databases
from tests.client import Client
from tests.provider import END, Provider
from tests.redis_server import RedisServer
from tests.server import sound, without_nets
from tests.server.reading import Page
from tests.server.several import logs, refused, to_the_end, unready, until_shown
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.postgresql]

LINE = "Many answers are being written; yours is number {} in line."
TWICE = ([["text", "First try"], ["hang"]], [["text", "Second try"], *END])


@pytest.fixture
def web(sluice: Callable[..., Server], redis: RedisServer) -> Server:
    """A web process whose turns wait for workers: `web.beside("worker").start()`."""
    return sluice(wait=False, REDIS_URL=redis.url, CHAT_RUNNER="procrastinate").start()


@pytest.fixture
def told(sluice: Callable[..., Server], redis: RedisServer) -> Server:
    """The same, where nothing happens that was not told."""
    return sluice(
        wait=False, REDIS_URL=redis.url, CHAT_RUNNER="procrastinate", DJANGO_SETTINGS_MODULE=without_nets.NAME
    ).start()


def pair(web: Server, **env: str) -> tuple[Server, Server]:
    """Two workers; the second is started once the first has been given something."""
    return web.beside("worker", **env).start(), web.beside("worker", **env)


def jobs(web: Server) -> int:
    return web.rows("SELECT count(*) FROM procrastinate_jobs")[0][0]


def until_no_jobs(web: Server, within: float = 40) -> None:
    deadline = time.monotonic() + within
    while left := web.rows("SELECT id, status FROM procrastinate_jobs"):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def state(event: object) -> str:
    return json.loads(event.data)["state"]  # type: ignore[attr-defined]


def test_a_turn_waits_for_a_worker_and_leaves_nothing_in_the_queue(web: Server, provider: Provider) -> None:
    ann = web.client()
    unready(ann, "no worker is running, so no turn would be answered; start one: manage.py worker")
    turn = ann.ask("s/hello")
    with ann.events(turn) as stream:
        assert json.loads(stream.until("state")[-1].data)["note"] == LINE.format(1)
        assert provider.requests("hello") == []
        worker = web.beside("worker").start()
        assert state(to_the_end(stream, Page())[-1]) == "saved"
    assert ann.finished(ann.ask("s/hello"))["state"] == "saved"
    unready(ann, "ready", status=200)
    until_no_jobs(web)
    assert worker.terminate() == 0
    unready(ann, "no worker is running")
    assert "Traceback" not in worker.log + web.log
    sound.check(web)


def test_stop_at_a_web_process_reaches_the_worker(told: Server, provider: Provider) -> None:
    provider.script("half", [["text", "Half of it."], ["hang"]])
    pair(told)
    other = told.beside().start()
    here, there = told.client(), other.client()
    turn = here.ask("s/half")
    page = Page()
    with there.events(turn) as stream:
        until_shown(stream, page, "Half of it.")
        stopped = time.monotonic()
        there.stop(turn)
        record = provider.wait_for_end(provider.wait_for_request("half")["n"])
        assert state(to_the_end(stream, page)[-1]) == "stopped"
    print(f"closed {1000 * (record['ended'] - stopped):.0f} ms after Stop")
    assert record["ended_by"] == "client"
    assert told.message(turn) == "Half of it."


def test_what_is_erased_at_a_web_process_leaves_the_log_that_a_worker_wrote(
    told: Server, redis: RedisServer
) -> None:
    told.beside("worker").start()
    ann = told.client()
    turn = ann.ask("s/hello")
    assert ann.finished(turn)["state"] == "saved"
    assert "world" in str(logs(redis))
    ((conversation,),) = told.rows("SELECT conversation_id FROM chat_turn WHERE id = %s", str(turn))
    for step in ("delete", "erase"):
        assert ann.post(f"/c/{conversation}/{step}/").status_code == 302
    deadline = time.monotonic() + 40
    while any(len(entries) > 1 for entries in logs(redis)):
        assert time.monotonic() < deadline, "the erased text is still in the log"
        time.sleep(0.05)


def test_a_worker_that_is_killed_is_replaced_by_another(web: Server, provider: Provider) -> None:
    provider.script("twice", *TWICE)
    first, second = pair(web)
    ann = web.client()
    turn = ann.ask("s/twice")
    page = Page()
    with ann.events(turn) as stream:
        until_shown(stream, page, "First try")
        second.start()
        first.kill()
        assert state(to_the_end(stream, page)[-1]) == "saved"
    assert page.shows("Second try")
    assert web.message(turn) == "Second try"
    assert web.turn(turn)["attempt"] == 2
    until_no_jobs(web)
    sound.check(web)


def test_a_worker_paused_past_its_lease_writes_nothing_when_it_wakes_and_works_on(
    web: Server, redis: RedisServer, provider: Provider
) -> None:
    provider.script(
        "twice", [["text", "First try"], ["gate"], ["text", " goes on"], *END], [["text", "Second"], *END]
    )
    first, second = pair(web)
    ann = web.client()
    turn = ann.ask("s/twice")
    page = Page()
    with ann.events(turn) as stream:
        until_shown(stream, page, "First try")
        second.start()
        assert first.process is not None
        first.process.send_signal(signal.SIGSTOP)
        assert state(to_the_end(stream, page)[-1]) == "saved"
    until_no_jobs(web)  # the sleeper's is taken away
    stored, logged = sound.rows(web, "message", "role, body", turn), logs(redis)
    provider.release("twice")
    first.process.send_signal(signal.SIGCONT)
    assert provider.wait_for_end(provider.requests("twice")[0]["n"], within=60)["ended_by"]
    assert second.terminate() == 0
    assert ann.finished(ann.ask("s/hello"))["state"] == "saved"  # answered by the one that woke
    assert sound.rows(web, "message", "role, body", turn) == stored
    assert logged[0] in logs(redis)
    assert web.message(turn) == "Second"
    assert page.shows("Second")
    assert "Traceback" not in first.log
    sound.check(web)


def test_a_worker_that_is_to_end_lets_its_answers_end_and_takes_no_more(
    web: Server, provider: Provider
) -> None:
    provider.script("half", [["text", "One, "], ["gate"], ["text", "two."], *END])
    first, second = pair(web)
    ann = web.client()
    turn = ann.ask("s/half")
    page = Page()
    with ann.events(turn) as stream:
        until_shown(stream, page, "One,")
        second.start()
        assert first.process is not None
        first.process.send_signal(signal.SIGTERM)
        assert ann.finished(ann.ask("s/hello"))["state"] == "saved"
        provider.release("half")
        assert state(to_the_end(stream, page)[-1]) == "saved"
    assert first.process.wait(timeout=20) == 0
    assert page.shows("One, two.")
    assert web.turn(turn)["attempt"] == 1
    assert "hello" not in first.log
    assert first.log.count(": saved") == second.log.count(": saved") == 1


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]])
def test_what_does_not_end_in_time_is_handed_to_another_worker_at_once(
    told: Server, provider: Provider, signals: list[int]
) -> None:
    provider.script("twice", *TWICE)
    first, second = pair(told, CHAT_DRAIN="0.5" if len(signals) == 1 else "600")
    ann = told.client()
    turn = ann.ask("s/twice")
    page = Page()
    with ann.events(turn) as stream:
        until_shown(stream, page, "First try")
        second.start()
        assert first.process is not None
        for number in signals:
            first.process.send_signal(number)
            until_said(first, "turns may go on")
        assert first.process.wait(timeout=20) == 0
        until_shown(stream, page, "Second")
        assert state(to_the_end(stream, page)[-1]) == "saved"
    assert told.turn(turn)["attempt"] == 2
    assert "Traceback" not in first.log + second.log


def until_said(server: Server, words: str, within: float = 20) -> None:
    deadline = time.monotonic() + within
    while words not in server.log:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.02)


def test_turns_past_the_capacity_of_all_workers_wait_in_line_and_begin_in_order(
    web: Server, provider: Provider
) -> None:
    names = ["one", "two", "three", "four"]
    for name in names:
        provider.script(name, [["text", f"This is {name}."], ["gate"], *END])
    web.beside("worker", CHAT_CAPACITY="1").start()
    ann = web.client()
    turns = [ann.ask(f"s/{name}") for name in names]
    streams = [ann.events(turn) for turn in turns]
    pages = [Page() for _ in names]
    until_shown(streams[0], pages[0], "This is one.")
    for place, stream in enumerate(streams[1:], 1):
        assert json.loads(stream.until("state")[-1].data)["note"] == LINE.format(place)
    # A stop in line ends that turn at once.
    assert ann.stop(turns[2]).status_code == 204
    assert state(to_the_end(streams[2], pages[2])[-1]) == "stopped"
    for number, after in ((0, 1), (1, 3)):
        provider.release(names[number])
        assert state(to_the_end(streams[number], pages[number])[-1]) == "saved"
        until_shown(streams[after], pages[after], f"This is {names[after]}.")
    provider.release("four")
    assert state(to_the_end(streams[3], pages[3])[-1]) == "saved"
    assert provider.requests("three") == []
    began = [provider.requests(name)[0]["began"] for name in ("one", "two", "four")]
    assert all(before < after for before, after in pairwise(began))
    until_no_jobs(web)


def test_a_worker_outlives_a_database_that_is_away(web: Server, provider: Provider) -> None:
    provider.script(
        "half", [["text", "One, "], ["gate"], ["text", "two, "], ["gate"], ["text", "three."], *END]
    )
    worker = web.beside("worker")
    worker.start(WORKER_PORT=str(worker.address[1]))
    ann = web.client()
    turn = ann.ask("s/half")
    page = Page()
    with ann.events(turn) as stream, Client(worker.address) as machine:
        until_shown(stream, page, "One,")
        with databases.away(web.database):
            provider.release("half")
            until_shown(stream, page, "two,")
            unready(machine, "the database does not answer")
            until_said(worker, "the queue of turns cannot be read", within=60)
        unready(machine, "ready", status=200)
    # A reader whose door asked the database meanwhile has lost its connection; a browser comes back by itself.
    with ann.events(turn, after=stream.last_id) as stream:
        provider.release("half")
        assert state(to_the_end(stream, page)[-1]) == "saved"
    assert page.shows("One, two, three.")
    assert web.turn(turn)["attempt"] == 1
    assert ann.finished(ann.ask("s/hello"))["state"] == "saved"
    until_no_jobs(web, within=90)
    assert worker.terminate() == 0
    assert "Traceback" not in worker.log


def test_a_worker_says_how_it_is(web: Server, provider: Provider) -> None:
    worker = web.beside("worker", METRICS_TOKEN="sesame")
    port = worker.address[1]
    worker.start(WORKER_PORT=str(port))
    outside = {"X-Forwarded-For": "192.0.2.1"}
    with Client(worker.address) as machine:
        assert machine.get("/healthz").text == "ok\n"
        unready(machine, "ready", status=200)
        assert "sluice_turns_running 0.0" in machine.get("/metrics").text
        assert machine.get("/metrics", headers=outside).status_code == 404
        assert (
            machine.get("/metrics", headers={**outside, "Authorization": "Bearer sesame"}).status_code == 200
        )
        assert machine.get("/login/").status_code == 404
        provider.script("half", [["text", "One, "], ["gate"], ["text", "two."], *END])
        ann = web.client()
        turn = ann.ask("s/half")
        with ann.events(turn) as stream:
            until_shown(stream, Page(), "One,")
            assert "sluice_turns_running 1.0" in machine.get("/metrics").text
            assert worker.process is not None
            worker.process.send_signal(signal.SIGTERM)
            unready(machine, "shutting down")
            provider.release("half")
            stream.until("done")
    assert worker.process.wait(timeout=20) == 0
    taken = web.beside("worker", WORKER_PORT=str(web.address[1]))
    assert f"WORKER_PORT is {web.address[1]}, and on 127.0.0.1 another program already uses it" in refused(
        taken
    )


def test_a_process_holds_few_connections_and_threads_whatever_it_does(
    web: Server, provider: Provider
) -> None:
    """100 answers and their readers; the limits are those of the documents."""
    pieces = [["text", f"Line {n}.\n\n"] for n in range(10)]
    provider.script("many", [*pieces, ["gate"], *pieces, *END])
    worker = web.beside("worker", DATABASE_URL=f"{web.database}?application_name=worker").start()
    ann = web.client()
    turns = [ann.ask("s/many") for _ in range(100)]
    streams = [ann.events(turn) for turn in turns]
    for stream in streams:
        until_shown(stream, Page(), "Line 9.")
    most: dict[str, int] = {}
    held = (
        "SELECT CASE application_name WHEN 'worker' THEN 'worker' ELSE 'web' END, count(*)::int FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1"
    )
    for _ in range(20):
        provider.release("many", times=5)
        for name, count in web.rows(held):
            most[name] = max(most.get(name, 0), count)
        assert web.threads < 20
        assert worker.threads < 20
    for stream in streams:
        assert stream.until("done")[-1].name == "done"
    print(f"connections {most}, threads {web.threads} and {worker.threads}")
    assert set(most) == {"web", "worker"}
    assert max(most.values()) <= 12


@pytest.mark.parametrize(
    ("under", "env", "says"),
    [
        ("worker", {"CHAT_RUNNER": "local"}, "CHAT_RUNNER is 'local', with which the serving process answers"),
        ("worker", {"REDIS_URL": ""}, "CHAT_RUNNER is 'procrastinate', and REDIS_URL is empty"),
        ("uvicorn", {"REDIS_URL": ""}, "CHAT_RUNNER is 'procrastinate', and REDIS_URL is empty"),
        ("worker", {"DATABASE_URL": ""}, "CHAT_RUNNER is 'procrastinate', whose queue lies in PostgreSQL; set DATABASE_URL"),
        ("uvicorn", {"CHAT_RUNNER": "celery"}, "CHAT_RUNNER is 'celery'; write one of local, procrastinate."),
    ],
)  # fmt: skip
def test_what_cannot_work_together_ends_the_start_in_a_sentence(
    web: Server, under: str, env: dict[str, str], says: str
) -> None:
    sentence = refused(web.beside(under, **env))
    assert sentence.startswith("Sluice cannot start: ")
    assert says in sentence
