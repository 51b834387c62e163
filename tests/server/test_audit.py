"""The audit's chain with real processes: many at once, killed in between, kept and verified while others write."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.servers import ROOT, Server

pytestmark = [pytest.mark.server, pytest.mark.slow]

# Says a line when it begins, and (told to) one after each entry that has been committed.
WRITER = """
import django, sys
django.setup()
from django.db import transaction
from chat import audit
from chat.models import User
people = list(User.objects.order_by("pk"))
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    actor = people[number % len(people)]
    with transaction.atomic():
        User.objects.filter(pk=actor.pk).update(last_name=str(number))
        audit.record(actor, "test.write", sys.argv[1], number=number)
    if len(sys.argv) > 3:
        print(number, flush=True)
"""


@contextlib.contextmanager
def writing(
    server: Server, name: str, count: int, *, aloud: bool = False
) -> "Iterator[subprocess.Popen[str]]":
    """A process that appends entries; gone at the end of the block."""
    environment = server._environment() | {
        "DJANGO_SETTINGS_MODULE": "chatsite.settings",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", WRITER, name, str(count), *(["aloud"] if aloud else [])]
    with subprocess.Popen(
        command, cwd=server.folder, env=environment, text=True, stdout=subprocess.PIPE
    ) as writer:
        try:
            yield writer
        finally:
            writer.kill()


def numbers(server: Server) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    rows = server.rows("SELECT subject, data FROM chat_auditentry WHERE action = 'test.write' ORDER BY seq")
    for subject, data in rows:
        found.setdefault(subject, []).append((json.loads(data) if isinstance(data, str) else data)["number"])
    return found


def test_many_processes_append_at_once_and_the_chain_has_no_gap(serve: Callable[..., Server]) -> None:
    server = serve(wait=False)
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(writing(server, f"writer-{number}", 50)) for number in range(8)]
        assert [writer.wait(timeout=120) for writer in writers] == [0] * 8
    assert numbers(server) == {f"writer-{number}": list(range(50)) for number in range(8)}
    ((count, last),) = server.rows("SELECT COUNT(*), MAX(seq) FROM chat_auditentry WHERE seq IS NOT NULL")
    assert count == last >= 400
    assert "✓ Nothing was altered" in server.manage("verify_audit")


def test_a_process_that_is_killed_leaves_whole_entries_and_holds_nobody_up(
    serve: Callable[..., Server],
) -> None:
    server = serve(wait=False)
    told: dict[str, int] = {}
    for round in range(5):
        names = f"victim-{round}", f"other-{round}"
        with writing(server, names[0], 10_000, aloud=True) as victim, writing(server, names[1], 40) as other:
            assert victim.stdout is not None
            next(line for line in victim.stdout if line.strip() == str(5 + 3 * round))
            victim.send_signal(signal.SIGKILL)
            rest = victim.stdout.read().split()
            told[names[0]] = int(rest[-1]) if rest else 5 + 3 * round
            assert other.wait(timeout=60) == 0
    found = numbers(server)
    for name, last in told.items():
        # What it said is there; at most one more was committed and not said any more.
        assert found[name] in (list(range(last + 1)), list(range(last + 2))), name
    assert all(found[f"other-{round}"] == list(range(40)) for round in range(5))
    assert "✓ Nothing was altered" in server.manage("verify_audit")


def test_it_is_verified_while_others_write(serve: Callable[..., Server]) -> None:
    server = serve(wait=False)
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(writing(server, f"writer-{number}", 100_000)) for number in range(2)]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for _ in range(3):
            assert "✓ Nothing was altered" in server.manage("verify_audit")
        assert [writer.poll() for writer in writers] == [None, None]


def test_a_server_keeps_the_head_when_it_ends(serve: Callable[..., Server]) -> None:
    server = serve()
    rita = server.client("rita")
    rita.post("/logout/")
    assert server.terminate() == 0
    lines = (server.folder / "audit_heads").read_text().splitlines()
    assert "seq=1 " in lines[-1], "at its end a server keeps the head, however few seconds it was up"
    assert lines[-1].partition("audit-head")[2] in server.log
    said = server.manage("verify_audit", "--no-entry")
    assert "✓ Nothing was altered" in said
    assert "1 heads of" in said, "it looked at what the server kept"


def test_a_head_that_does_not_fit_is_said_in_the_log_at_the_start(serve: Callable[..., Server]) -> None:
    server = serve(wait=False)
    with writing(server, "before", 5) as writer:
        assert writer.wait(timeout=60) == 0
    head = "audit-head chain=" + "a" * 64 + " seq=4 mac=" + "b" * 64
    (server.folder / "audit_heads").write_text(f"2026-11-29T10:00:00Z {head}\n")
    server.start()
    assert server.terminate() == 0
    assert "this database holds another chain than the head before" in server.log
