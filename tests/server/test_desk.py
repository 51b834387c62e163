"""Ten reviewers at one desk, with real clients at once: nothing is decided twice, lost or skipped, and who is late is told."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from tests import sockets
from tests.client import Client
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

REVIEWERS, CASES = 10, 100
_SEED = """
import json
from django.contrib.auth.models import Group
from chat.models import User
from tests import held, prepared
role = Group.objects.get(name="Reviewer")
sessions = []
for number in range({reviewers}):
    user = User.objects.create(username=f"reviewer-{{number}}", first_name=f"Reviewer{{number}}")
    user.groups.add(role)
    sessions.append(prepared._session(user))
chat = held.conversation(User.objects.get(username="ann"))
for number in range({cases}):
    held.held(chat, f"Held text {{number}}", (0, 4, f"rule-{{number % 7}}"))
print(json.dumps(sessions))
"""
WHO = r"(Reviewer\d+ (?:released this|upheld this) on \d+ \w+ at|Reviewer\d+ has had this case since)"


@dataclass
class Seen:
    """What one reviewer did: cases they were given, those they decided, and what they were told when they were late."""

    given: list[str] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def desk(server: Server, cases: int = CASES) -> list[Client]:
    script = _SEED.format(reviewers=REVIEWERS, cases=cases)
    sessions = json.loads(server.manage("shell", "-v0", "-c", script).strip().splitlines()[-1])
    clients = [Client(server.address, session) for session in sessions]
    server.clients += clients
    return clients


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found, "the page has no form"
    return found[1]


def works(client: Client, number: int, seen: Seen, start: threading.Barrier, peers: list[Seen]) -> None:
    """Takes cases until there are none; now and then tries one that somebody else was given."""
    start.wait(30)
    while True:
        at = client.post("/review/next/").headers["Location"]
        if not (found := re.match(r"/review/([\w-]{36})/", at)):
            return
        case = found[1]
        seen.given.append(case)
        version = version_on(client.get(at).raise_for_status().text)
        if others := peers[(number + 1) % len(peers)].given:
            meddle(client, others[-1], seen)
        action = "release" if (len(seen.given) + number) % 2 else "uphold"
        form = {"action": action, "because": "alarm", "category": "other", "version": version}
        reply = client.post(f"/review/{case}/decide/", data=form)
        assert reply.status_code == 302, (reply.status_code, re.findall(WHO, reply.text))
        seen.decided.append(case)


def meddle(client: Client, case: str, seen: Seen) -> None:
    """Decide what somebody else has, or had: refused, with what happened, and nothing typed is lost."""
    words = "Written with care, and late."
    form = {"action": "uphold", "category": "other", "reason": words, "version": "0"}
    reply = client.post(f"/review/{case}/decide/", data=form)
    assert reply.status_code == 409
    assert words in reply.text
    told = re.search(WHO, reply.text)
    assert told, reply.text
    seen.told.append(told[0])


def test_ten_reviewers_decide_a_hundred_cases_at_once(serve: Callable[..., Server]) -> None:
    server = serve()
    clients = desk(server)
    seen = [Seen() for _ in clients]
    start = threading.Barrier(len(clients))
    with ThreadPoolExecutor(len(clients)) as pool:
        jobs = [
            pool.submit(works, client, number, seen[number], start, seen)
            for number, client in enumerate(clients)
        ]
        for job in jobs:
            job.result()
    given = Counter(case for each in seen for case in each.given)
    decided = Counter(case for each in seen for case in each.decided)
    assert len(given) == CASES, "a case was skipped"
    assert set(given.values()) == set(decided.values()) == {1}, "a case was given or decided twice"
    assert len(decided) == CASES, "a claim was lost"
    rows = server.rows("SELECT case_id, reviewer_id, action FROM chat_decision")
    assert len(rows) == len({str(row[0]) for row in rows}) == CASES
    assert server.rows("SELECT COUNT(*) FROM chat_case WHERE state = 'open'") == [(0,)]
    states = dict(server.rows("SELECT state, COUNT(*) FROM chat_case GROUP BY state"))
    messages = server.rows("SELECT COUNT(*) FROM chat_message WHERE role = 'assistant'")
    assert messages == [(states["released"],)], "what was released is a message, and nothing else"
    assert sum(len(each.told) for each in seen) > 0, "nobody was late, so nothing was shown"
    # Each reviewer got some of it: nobody was starved.
    assert all(each.decided for each in seen)


def test_ten_who_decide_the_same_case_at_once_are_told_by_whom_it_was(serve: Callable[..., Server]) -> None:
    server = serve()
    clients = desk(server, cases=5)
    cases = [str(UUID(str(row[0]))) for row in server.rows("SELECT id FROM chat_case")]
    start = threading.Barrier(len(clients))

    def decides(client: Client, number: int) -> list[Any]:
        start.wait(30)
        replies = []
        for case in cases:
            form = {"action": "uphold", "category": "other", "reason": f"Words of {number}", "version": "0"}
            replies.append(client.post(f"/review/{case}/decide/", data=form))
        return replies

    with ThreadPoolExecutor(len(clients)) as pool:
        jobs = [pool.submit(decides, client, number) for number, client in enumerate(clients)]
        replies = [reply for job in jobs for reply in job.result()]
    assert Counter(reply.status_code for reply in replies) == {302: 5, 409: 45}
    for reply in replies:
        if reply.status_code == 409:
            assert re.search(WHO, reply.text)
            assert "Words of " in reply.text
    assert server.rows("SELECT COUNT(*) FROM chat_decision") == [(5,)]


def test_the_socket_of_the_desk_says_which_cases_and_is_for_reviewers(serve: Callable[..., Server]) -> None:
    server = serve()
    rita = server.client("rita")

    def opened(person: str) -> sockets.Socket:
        client = server.client(person)
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return sockets.Socket(server.address, "/ws/review/", {"Origin": server.url, "Cookie": cookies})

    for person in ("ann", "ben"):
        assert opened(person).status == 404
    socket = opened("sena")
    try:
        assert next(iter(socket)).name == "ready"
        clients = desk(server, cases=1)
        case = str(UUID(str(server.rows("SELECT id FROM chat_case")[0][0])))
        assert clients[0].post(f"/review/{case}/claim/").status_code == 302
        frame = socket.until("changed")[-1]
        assert json.loads(frame.data) == {"cases": [case]}
        # Whoever is a reviewer no more hears nothing more.
        sena = server.rows("SELECT id FROM chat_user WHERE username = 'sena'")[0][0]
        assert (
            server.client("alma").post(f"/people/{sena}/roles/", data={"role": ["Policy editor"]}).status_code
            == 302
        )
        assert socket.until("gone")[-1].name == "gone"
    finally:
        socket.cut()
    assert rita.get("/review/").status_code == 200
