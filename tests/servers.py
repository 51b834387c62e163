"""A real server process: `manage.py serve` (uvicorn), or `runserver` (daphne), with a database of its own.

The fixture `serve` starts them and ends them with the test:

    server = serve(CHAT_MAX_RUNNING="2")          # settings as environment variables
    ann = server.client("ann")                     # signed in; see tests.client
    turn = ann.ask("/table")
    server.kill(); server.start()                  # kill -9 and again, on the same port and data
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from . import databases
from .client import Client

ROOT = Path(__file__).resolve().parent.parent
START = 120  # seconds until a server must answer


@dataclass
class Server:
    """One server over one folder of data. Not running until `start`."""

    folder: Path
    database: str  # DATABASE_URL, or "" for the SQLite file in the folder
    sessions: dict[str, str] = field(repr=False)
    env: dict[str, str] = field(default_factory=dict)
    under: str = "uvicorn"
    address: tuple[str, int] = field(default_factory=lambda: ("127.0.0.1", free_port()))
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _launched_at: int = field(default=0, init=False, repr=False)
    clients: list[Client] = field(default_factory=list, repr=False)
    others: list["Server"] = field(default_factory=list, repr=False)

    def beside(self, under: str = "", **env: str) -> "Server":
        """Another process over the same data, not started; ends with this one's test. `under`: uvicorn, daphne, worker."""
        made = Server(self.folder, self.database, self.sessions, self.env | env, under or self.under)
        self.others.append(made)
        return made

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    @property
    def log(self) -> str:
        """What the process has written so far, over all its starts."""
        return self._file.read_text(encoding="utf-8", errors="replace")

    @property
    def _file(self) -> Path:
        return self.folder / f"server-{self.address[1]}.log"

    @property
    def resident(self) -> int:
        """Resident memory of the process, in bytes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    @property
    def peak(self) -> int:
        """The most memory that it had resident so far, in bytes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    @property
    def threads(self) -> int:
        assert self.process is not None
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))

    def client(self, person: str = "ann") -> Client:
        """Signed in as one of tests.prepared.PEOPLE; nobody with "". Closed with the server."""
        client = Client(self.address, self.sessions[person] if person else "")
        self.clients.append(client)
        return client

    def start(self, **env: str) -> "Server":
        """Start, or start again with changed settings, and return once /healthz answers (once a worker says so)."""
        self.launch(**env)
        deadline = time.monotonic() + START
        while not self._answers():
            assert self.process is not None
            assert self.process.poll() is None, (
                f"the server ended with {self.process.returncode}:\n{self.log}"
            )
            assert time.monotonic() < deadline, f"no answer within {START} s:\n{self.log}"
            time.sleep(0.02)
        return self

    def launch(self, **env: str) -> None:
        """Start without waiting."""
        self.env |= env
        command = {
            "uvicorn": ["manage.py", "serve"],
            "daphne": ["manage.py", "runserver", "--noreload", f"{self.address[0]}:{self.address[1]}"],
            "worker": ["manage.py", "worker"],
        }[self.under]
        with self._file.open("ab") as log:
            self._launched_at = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self._environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def manage(self, *arguments: str) -> str:
        """The output of a manage.py command over the same data."""
        return _run([sys.executable, "manage.py", *arguments], self._environment())

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """A look into the database; %s stands for a value, also on SQLite."""
        return databases.rows(self.database, self.folder / "sluice.sqlite3", sql, values)

    def turn(self, turn: uuid.UUID) -> dict[str, Any]:
        """The turn's row as far as tests ask: status, finish, attempt, hold_kind."""
        names = ("status", "finish", "attempt", "hold_kind")
        key = str(turn) if self.database else turn.hex
        found = self.rows(f"SELECT {', '.join(names)} FROM chat_turn WHERE id = %s", key)
        return dict(zip(names, found[0], strict=True))

    def message(self, turn: uuid.UUID, role: str = "assistant") -> str | None:
        """The text of the stored message, or None where there is no such message."""
        key = str(turn) if self.database else turn.hex
        found = self.rows("SELECT body FROM chat_message WHERE turn_id = %s AND role = %s", key, role)
        return json.loads(found[0][0])["text"] if found else None

    def kill(self) -> None:
        """kill -9: no goodbye."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM, and the exit status."""
        return self._signal(signal.SIGTERM)

    def end(self) -> None:
        """Whatever state it is in, it is gone, and all that was started beside it."""
        for client in self.clients:
            client.close()
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for other in self.others:
            other.end()

    def _signal(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=START)

    def _answers(self) -> bool:
        if self.under == "worker":
            return b"worker is ready" in self._file.read_bytes()[self._launched_at :]
        try:
            with closing(socket.create_connection(self.address, timeout=1)):
                pass
            with Client(self.address) as client:
                return client.get("/healthz", timeout=5).status_code == 200
        except (OSError, httpx.TransportError):
            return False

    def _environment(self) -> dict[str, str]:
        return _environment(self.folder, self.database) | {
            "HOST": self.address[0], "PORT": str(self.address[1]), **self.env
        }  # fmt: skip


@pytest.fixture(scope="session")
def prepared_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, dict[str, str]]]:
    """A migrated folder (and PostgreSQL database, in that run) with people in it, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    with databases.fresh() as database:
        sessions = json.loads(_run([sys.executable, "-m", "tests.prepared"], _environment(folder, database)))
        yield folder, database, sessions


@pytest.fixture
def serve(prepared_data: tuple[Path, str, dict[str, str]], tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers: `serve(under="daphne", CHAT_OPEN_SIGNUP="1")`."""
    template, template_database, sessions = prepared_data
    started: list[Server] = []
    copies: list[Any] = []

    def start(*, under: str = "uvicorn", wait: bool = True, **env: str) -> Server:
        folder = tmp_path / f"data-{len(started)}"
        shutil.copytree(template, folder)
        copy = databases.fresh(copy_of=template_database)
        copies.append(copy)
        server = Server(folder, copy.__enter__(), sessions, env, under)
        started.append(server)
        if wait:
            server.start()
        return server

    yield start
    for server in started:
        server.end()
    for copy in copies:
        copy.__exit__(None, None, None)


def _environment(folder: Path, database: str) -> dict[str, str]:
    """Nothing of the developer's own environment reaches a server under test."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "HOME": str(folder),
        **({"DATABASE_URL": database} if database else {}),
    }


def _run(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


_given: set[int] = set()


def free_port() -> int:
    """One that stays this test's own, also until its server listens and while it is down: outside the range from which the
    system gives out ports, in the part of it that this one of several runs side by side has, and given to nobody before.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    share = 20_000 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first = 12_000 + int(worker) * share
    while True:
        port = random.choice([port for port in range(first, first + share) if port not in _given])
        _given.add(port)
        with closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
