"""Several processes that start at the same moment on an empty database: each becomes ready, and one of them migrates."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.redis_server import RedisServer
from tests.servers import Server, free_port

pytestmark = [pytest.mark.server, pytest.mark.slow]
PROCESSES = 3


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer.running(tmp_path_factory.mktemp("redis")) as server:
        yield server


def test_processes_that_start_at_once_on_an_empty_database_migrate_it_once(
    serve: Callable[..., Server], redis: RedisServer, tmp_path: Path
) -> None:
    first = serve(wait=False, REDIS_URL=redis.url, SECRET_KEY="one for all of them " * 3)
    with databases.fresh() as empty:
        servers = []
        for number in range(PROCESSES):
            # On PostgreSQL a folder each, as on machines of their own; on SQLite the folder is the database.
            folder = tmp_path / (f"machine-{number}" if empty else "shared")
            folder.mkdir(exist_ok=True)
            servers.append(
                dataclasses.replace(
                    first, folder=folder, database=empty, address=("127.0.0.1", free_port()), clients=[]
                )
            )
        try:
            for server in servers:
                server.launch()
            for server in servers:
                until_ready(server)
        finally:
            for server in servers:
                if server.process is not None and server.process.poll() is None:
                    server.kill()
        logs = "".join(server.log for server in servers)
    assert "Traceback" not in logs
    assert logs.count("compressed into") == (PROCESSES if empty else 1)
    assert logs.count("migrations to run") == 1
    assert logs.count("up to date") == PROCESSES - 1


def until_ready(server: Server) -> None:
    while not server._answers():
        assert server.process is not None
        assert server.process.poll() is None, server.log
    with server.client("") as client:
        assert client.get("/readyz").text == "ready\n"
