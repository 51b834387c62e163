"""Connections of our transport: found, encrypted, kept, replaced, and made to wait."""

import asyncio
import base64
import contextlib
import http.server
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chat.llm import network
from chat.llm.asked import Asked
from chat.llm.client import Client
from chat.llm.connection import Connection
from chat.llm.endpoint import Endpoint
from chat.llm.errors import TotalTimeout
from chat.llm.post import Poster
from chat.llm.transport import MAX_IDLE, Transport
from tests.raw_server import CHUNKED, HELLO, OK, ours, outcome, playing, request_of, serving, theirs


def kept(transport: Transport) -> list[Connection]:
    return [connection for _, connection in transport._idle]


def test_nobody_listening_and_a_name_without_an_address_are_connect_errors() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound, not listening
        port = probe.getsockname()[1]

        async def run() -> None:
            async with httpx.AsyncClient(transport=ours()) as client:
                for url in (f"http://127.0.0.1:{port}/", "http://no-such-host.invalid/"):
                    with pytest.raises(httpx.ConnectError):
                        await client.post(url, content=b"{}")

        asyncio.run(run())


@pytest.mark.slow
def test_a_port_that_never_accepts_is_a_connect_timeout() -> None:
    async def run() -> None:
        async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.Event().wait()  # speaks no TLS, so the handshake never ends

        async with serving(never) as url, httpx.AsyncClient(transport=ours()) as client:
            with pytest.raises(httpx.ConnectTimeout):
                await client.post(url.replace("http:", "https:"), timeout=httpx.Timeout(None, connect=0.1))

    asyncio.run(run())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_every_address_of_a_name_is_tried_whatever_its_family(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        try:
            async with serving(playing(HELLO, 100), host) as url:
                assert (await outcome(ours(), url))[2] == b"hello"  # type: ignore[index]
                port = httpx.URL(url).port
                found = [
                    (socket.AF_INET6, 1, 6, "", ("::1", port, 0, 0)),
                    (socket.AF_INET, 1, 6, "", ("127.0.0.1", port)),
                ]

                async def both(*args: object, **kwargs: object) -> list[tuple]:
                    return found

                for _ in range(2):
                    found.reverse()
                    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
                    assert (await outcome(ours(), f"http://two.example:{port}/"))[2] == b"hello"  # type: ignore[index]
        except OSError:
            pytest.skip(f"this machine has no {host}")

    asyncio.run(run())


def test_idle_connections_are_used_again_and_only_so_many_are_kept() -> None:
    opened: list[asyncio.StreamWriter] = []
    gate: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        while True:
            await request_of(reader)
            await gate[0].wait()
            writer.write(HELLO)

    async def run() -> None:
        gate.append(asyncio.Event())
        transport = Transport(network._tls())
        async with serving(serve) as url, httpx.AsyncClient(transport=transport, timeout=None) as client:
            many = [asyncio.create_task(client.post(url, content=b"{}")) for _ in range(MAX_IDLE + 10)]
            while len(opened) < len(many):
                await asyncio.sleep(0.01)
            gate[0].set()
            await asyncio.gather(*many)
            assert len(kept(transport)) == MAX_IDLE
            await asyncio.gather(*(client.post(url, content=b"{}") for _ in range(MAX_IDLE)))
            assert len(opened) == MAX_IDLE + 10

    asyncio.run(run())


def test_a_connection_is_kept_for_its_own_event_loop_alone() -> None:
    opened: list[int] = []

    class Hello(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            opened.append(0)
            super().setup()

        def do_POST(self) -> None:
            self.rfile.read(2)
            self.wfile.write(HELLO)

        def log_message(self, *words: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        transport, url = Transport(network._tls()), f"http://127.0.0.1:{server.server_port}/"

        async def ask() -> None:
            request = httpx.Request("POST", url, content=b"{}")
            response = await transport.handle_async_request(request)
            assert await response.aread() == b"hello"
            await response.aclose()

        async def beside() -> None:
            await ask()
            assert len(opened) == 1
            await asyncio.to_thread(lambda: asyncio.run(ask()))  # as a view does
            assert len(opened) == 2
            await ask()  # its own is still good
            assert len(opened) == 2
            await asyncio.to_thread(lambda: asyncio.run(transport.aclose()))
            assert len(kept(transport)) == 1  # which is not that one's to close
            await transport.aclose()
            assert kept(transport) == []

        async def alone() -> None:
            await ask()
            assert len(opened) == 3
            await transport.aclose()

        asyncio.run(beside())
        asyncio.run(alone())
        server.shutdown()


def test_a_kept_connection_that_the_server_has_given_up_is_replaced() -> None:
    requests: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(0)
        while True:
            await request_of(reader)
            requests[-1] += 1
            if len(requests) == 1 and requests[0] == 2:
                return  # closes as the second request comes
            writer.write(HELLO)

    async def run() -> None:
        async with serving(serve) as url, httpx.AsyncClient(transport=ours()) as client:
            for _ in range(3):
                assert (await client.post(url, content=b"{}")).content == b"hello"

    asyncio.run(run())
    assert requests == [2, 2]


def test_bytes_nobody_asked_for_never_become_the_next_answer() -> None:
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        while True:
            await request_of(reader)
            writer.write(HELLO + OK + b"Content-Length: 4\r\n\r\nevil")

    async def run() -> None:
        async with serving(serve) as url, httpx.AsyncClient(transport=ours()) as client:
            for _ in range(3):
                assert (await client.post(url, content=b"{}")).content == b"hello"

    asyncio.run(run())
    assert len(connections) == 3


@pytest.mark.slow
def test_a_reader_that_does_not_read_makes_the_server_wait() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await request_of(reader)
        writer.write(OK + b"\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    async def run() -> None:
        async with serving(serve) as url, httpx.AsyncClient(transport=ours()) as client:
            request = client.build_request("POST", url, content=b"{}")
            response = await client.send(request, stream=True)
            before = -1
            while sent != before:  # until nothing moves any more
                before = sent
                await asyncio.sleep(0.2)
            assert 0 < sent < 20_000_000  # the kernel's buffers on both sides, and 256 KiB here
            stream = aiter(response.stream)  # type: ignore[arg-type]
            assert await anext(stream)
            await stream.aclose()  # type: ignore[attr-defined]
            await response.aclose()

    asyncio.run(run())


def test_a_reader_who_looks_now_and_then_finds_what_has_come_without_the_loop_watching(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched: list[object] = []
    resume = asyncio.selector_events._SelectorTransport.resume_reading  # type: ignore[attr-defined]
    monkeypatch.setattr(
        asyncio.selector_events._SelectorTransport,  # type: ignore[attr-defined]
        "resume_reading",
        lambda self: (watched.append(self), resume(self)),
    )
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(CHUNKED)
        for number in range(20):
            writer.write(b"2\r\n%02d\r\n" % number)
            await looked.wait()
            looked.clear()
        writer.write(b"0\r\n\r\n")
        await over.wait()
        writer.close()
        gone.set()

    looked, over = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        transport = Transport(network._tls())
        async with serving(serve) as url, httpx.AsyncClient(transport=transport) as client:
            body = b""
            async with client.stream("POST", url, content=b"{}") as response:
                watched.clear()
                async for piece in response.aiter_raw():
                    body += piece
                    looked.set()
                    await asyncio.sleep(0.01)
            assert body == b"".join(b"%02d" % number for number in range(20))
            # Once, when it was over: an idle connection's end must be noticed.
            assert len([each for each in watched if type(each._protocol).__name__ == "Connection"]) == 1  # type: ignore[attr-defined]
            [connection] = kept(transport)
            assert connection.idle
            over.set()
            await gone.wait()
            while connection.idle:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 20))


def test_a_provider_that_always_has_more_does_not_keep_the_loop_from_others() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def pour() -> None:
            accepted, _ = server.accept()
            with accepted, contextlib.suppress(OSError):
                accepted.recv(65536)
                accepted.sendall(OK + b"\r\n")
                while True:
                    accepted.sendall(b"x" * 1_000_000)

        threading.Thread(target=pour, daemon=True).start()
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async def run() -> None:
            other = asyncio.create_task(others())
            async with httpx.AsyncClient(transport=ours()) as client:
                url = f"http://127.0.0.1:{server.getsockname()[1]}/"
                async with client.stream("POST", url, content=b"{}") as response:
                    seen = []
                    async for _ in response.aiter_raw():
                        seen.append(turns)
                        if len(seen) == 50:
                            break
            other.cancel()
            assert len(set(seen)) == len(seen)

        asyncio.run(asyncio.wait_for(run(), 20))


def test_a_certificate_of_nobody_known_is_a_connect_error_and_a_known_one_is_not(
    certificate: tuple[Path, Path],
) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(*certificate)

    async def run() -> None:
        async with serving(playing(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", 7), ssl=server_side) as url:
            url = url.replace("127.0.0.1", "localhost")
            assert await outcome(ours(), url) == await outcome(theirs(), url)
            async with httpx.AsyncClient(transport=ours()) as client:
                with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                    await client.post(url, content=b"{}")
            trusting = Transport(ssl.create_default_context(cafile=str(certificate[0])))
            assert (await outcome(trusting, url))[2] == b"hello"  # type: ignore[index]
            wrong_name = Transport(ssl.create_default_context(cafile=str(certificate[0])))
            assert isinstance(await outcome(wrong_name, url.replace("localhost", "127.0.0.1")), type)

    asyncio.run(run())


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return chain, secret


def test_an_answer_that_always_goes_on_ends_with_its_time() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Type: text/event-stream\r\n\r\n")
        while True:
            writer.write(b'data: {"choices":[{"index":0,"delta":{"content":"on and on "}}]}\n\n')
            await writer.drain()
            await asyncio.sleep(0.004)

    async def run() -> None:
        async with serving(serve) as url:
            client = Client(Endpoint("openai", url, None, "m", total_timeout=2))
            asked = Asked([{"role": "user", "content": "Hello"}])
            try:
                async with contextlib.aclosing(client.batches(asked, label="turn")) as batches:
                    async for _ in batches:
                        await asyncio.sleep(0.02)  # so that each look finds something
            finally:
                await client.aclose()

    with pytest.raises(TotalTimeout):
        asyncio.run(asyncio.wait_for(run(), 10))


def test_a_name_and_a_password_in_an_address_are_sent_as_such() -> None:
    sent: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent.append(await request_of(reader))
        writer.write(HELLO)

    async def run() -> None:
        async with serving(serve) as url:
            plain = httpx.URL(url)
            for address in (plain, plain.copy_with(username="me", password="s€cret")):
                poster = Poster()
                status, _, _ = await poster.post(str(address), {}, key="key", timeout=5)
                assert status == 200
                await poster.aclose()

    asyncio.run(run())
    words = base64.b64encode("me:s€cret".encode())
    assert b"Authorization: Bearer key\r\n" in sent[0]
    assert b"Authorization: Basic " + words + b"\r\n" in sent[1]
    assert b"Bearer" not in sent[1]
    assert b"secret" not in sent[1].replace(words, b"")
