"""On PostgreSQL a process with its stream logs in memory serves alone, wherever the other one's folder is."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.several import unready
from tests.servers import Server, free_port

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.postgresql]
MINE = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, 'sluice ')"


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    return serve()


def elsewhere(server: Server, folder: Path) -> Server:
    """Another process on the same database, with a folder of its own, as on another machine."""
    folder.mkdir()
    return dataclasses.replace(
        server,
        folder=folder,
        address=("127.0.0.1", free_port()),
        process=None,
        clients=[],
        env=dict(server.env),
    )


def refused(server: Server, **env: str) -> str:
    server.launch(**env)
    assert server.process is not None
    assert server.process.wait(timeout=60) == 1
    assert "Traceback" not in server.log
    return server.log.strip().splitlines()[-1]


def test_a_second_process_with_another_folder_is_refused_until_the_first_has_ended(
    server: Server, tmp_path: Path
) -> None:
    second = elsewhere(server, tmp_path / "second")
    assert server.process is not None
    assert f"process {server.process.pid}) already serves the database" in refused(second)
    # Not beside it with Redis either: its readers would miss the other one's text.
    sentence = refused(second, REDIS_URL="redis://127.0.0.1:1/0")
    assert "must be alone: start it with the same REDIS_URL" in sentence
    server.kill()
    second.start(REDIS_URL="")
    second.kill()


def test_a_process_whose_connection_is_cut_comes_back_to_its_place(server: Server, tmp_path: Path) -> None:
    [(first,)] = server.rows(MINE)
    server.rows("SELECT pg_terminate_backend(%s)", first)
    until = time.monotonic() + 60
    while not (found := server.rows(MINE)) or found == [(first,)]:
        assert time.monotonic() < until, server.log
        time.sleep(0.05)
    assert "already serves the database" in refused(elsewhere(server, tmp_path / "second"))
    unready(server.client(""), "ready", status=200)
