"""Many open streams, few threads and database connections."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from .prepared import PEOPLE
from .servers import Server
from .sse import Stream

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.once]
STREAMS = 60


def open_streams(server: Server, stack: contextlib.ExitStack) -> None:
    for _ in range(STREAMS):
        stream = stack.enter_context(Stream(server.address, "/endless/", {}))
        assert stream.status == 200, str(stream.status)
        assert next(iter(stream)).data == str(len(PEOPLE))  # the query was made


def connections(server: Server) -> int:
    if server.database:
        name = server.database.rpartition("/")[2]
        # One is our own.
        return server.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", name)[0][0] - 1
    assert server.process is not None
    files = Path(f"/proc/{server.process.pid}/fd").iterdir()
    return sum(path.readlink().name == "sluice.sqlite3" for path in files)


@pytest.mark.parametrize("under", ["uvicorn", "daphne"])
def test_sixty_open_streams_hold_few_threads_and_connections(
    serve: Callable[..., Server], under: str
) -> None:
    server = serve(under=under, DJANGO_SETTINGS_MODULE="tests.streaming")
    with contextlib.ExitStack() as stack:
        open_streams(server, stack)
        assert server.threads < 24
        assert connections(server) <= 12
        # And there is room for the next request.
        with server.client("") as client:
            assert client.get("/healthz").status_code == 200


def test_without_our_handler_each_stream_holds_a_thread_and_a_connection(
    serve: Callable[..., Server],
) -> None:
    server = serve(under="daphne", DJANGO_SETTINGS_MODULE="tests.streaming", HANDLER="django")
    with contextlib.ExitStack() as stack:
        if server.database:
            # The pool ends before the streams do.
            with pytest.raises(AssertionError, match="500"):
                open_streams(server, stack)
        else:
            open_streams(server, stack)
            assert server.threads >= STREAMS
            assert connections(server) >= STREAMS
