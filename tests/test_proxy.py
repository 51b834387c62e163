"""The faulty line itself: each fault is really one, and the rest of the page passes."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from .proxy import Proxy

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out


class _Thousand(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * 1000)

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, address: object) -> None:
        """A torn connection is what these tests are about; the traceback would look like a failure."""


@pytest.fixture
def line() -> Iterator[tuple[Proxy, httpx.Client]]:
    with _Server(("127.0.0.1", 0), _Thousand) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = ("127.0.0.1", server.server_port)
        with (
            Proxy(address, only=("/events",)) as proxy,
            httpx.Client(base_url=proxy.url, trust_env=False, timeout=20) as client,
        ):
            yield proxy, client
        server.shutdown()
        thread.join()


def test_an_answer_is_cut_after_so_many_bytes_and_only_that_answer(line: tuple[Proxy, httpx.Client]) -> None:
    proxy, client = line
    proxy.cut_after(300)
    assert len(client.get("/page").content) == 1000
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/events")
    assert len(client.get("/events").content) == 1000
    assert proxy.down.count(b"x") < 2300
    assert proxy.seen == 2


def test_a_reset_is_not_a_clean_end(line: tuple[Proxy, httpx.Client]) -> None:
    proxy, client = line
    proxy.cut_after(300, reset=True)
    with pytest.raises(httpx.ReadError):
        client.get("/events")


def test_modes_concern_event_streams_and_can_be_left(line: tuple[Proxy, httpx.Client]) -> None:
    proxy, client = line
    proxy.mode = "502"
    assert client.get("/events").status_code == 502
    assert client.get("/page").status_code == 200
    proxy.canned, proxy.mode = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "canned"
    assert client.get("/events").status_code == 204
    proxy.mode = "silence"
    with pytest.raises(httpx.ReadTimeout):
        client.get("/events", timeout=0.5)
    proxy.mode = "pass"
    assert client.get("/events").status_code == 200


def test_a_refused_connection_is_refused_until_it_passes_again(line: tuple[Proxy, httpx.Client]) -> None:
    proxy, client = line
    proxy.mode = "refuse"
    with pytest.raises(httpx.ConnectError):
        client.get("/page")
    proxy.mode = "pass"
    assert client.get("/page").status_code == 200


def test_cutting_ends_what_is_open(line: tuple[Proxy, httpx.Client]) -> None:
    proxy, client = line
    client.get("/events")
    assert proxy.cut() == 1
    assert proxy.cut() == 0
