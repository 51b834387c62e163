"""Our transport beside httpx's own: what a server may send, well-formed or not, ends the same on both."""

import asyncio

import httpx
import pytest

from tests.raw_server import CHUNKED, OK, ours, outcome, playing, serving, theirs

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out

WELL_FORMED = {
    "length": OK + b"Content-Length: 5\r\n\r\nhello",
    "chunked": CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
    "until closed": OK + b"Content-Type: text/plain\r\n\r\nhello",
    "http 1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "no body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\n\r\n",
    "empty": OK + b"Content-Length: 0\r\n\r\n",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "an unknown status": b"HTTP/1.1 599 Odd\r\nContent-Length: 2\r\n\r\nok",
    "continue first": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok",
    "hints first": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3
    + OK
    + b"Content-Length: 2\r\n\r\nok",
    "trailers": CHUNKED + b"2\r\nok\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n",
    "chunk extensions": CHUNKED + b'2;a=b;c="d"\r\nok\r\n0\r\n\r\n',
    "the same header twice": OK + b"X-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\nok",
    "an empty header": OK + b"X-A:\r\nContent-Length: 2\r\n\r\nok",
    "latin-1 in a header": OK + b"X-A: \xe9t\xe9\r\nContent-Length: 2\r\n\r\nok",
    "lines that end in LF": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "more than its length": OK + b"Content-Length: 2\r\n\r\nok and more",
    "many headers": OK + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"Content-Length: 2\r\n\r\nok",
    "a length and a closing": OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nok",
}
BROKEN = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "no http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a page without a head": b"<html>hello</html>\r\n\r\n",
    "a short body": OK + b"Content-Length: 9\r\n\r\nhello",
    "a chunk cut off": CHUNKED + b"9\r\nhello",
    "no last chunk": CHUNKED + b"5\r\nhello\r\n",
    "a chunk of no size": CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "a negative length": OK + b"Content-Length: -5\r\n\r\nhello",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a length that is none": OK + b"Content-Length: five\r\n\r\nhello",
    "a status that is none": b"HTTP/1.1 abc OK\r\n\r\n",
    "a header without colon": OK + b"nonsense\r\n\r\n",
    "a header without end": OK + b"X-A: " + b"a" * 400_000,
    "headers without end": OK + b"X-A: b\r\n" * 60_000,
}


@pytest.mark.parametrize("size", [1 << 20, 11])
@pytest.mark.parametrize("name", [*WELL_FORMED, *BROKEN])
def test_a_response_ends_as_on_httpxs_own_transport(name: str, size: int) -> None:
    raw = (WELL_FORMED | BROKEN)[name]
    if len(raw) > 100_000 and size < 100:
        size = 40_000

    async def run() -> None:
        async with serving(playing(raw, size)) as url:
            expected = await outcome(theirs(), url)
            assert await outcome(ours(), url) == expected
            assert await outcome(ours(), url, rest=0.002) == expected
            assert isinstance(expected, tuple) == (name in WELL_FORMED)

    asyncio.run(run())


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200", OK + b"\r\nhello", CHUNKED + b"5\r\nhel"])
def test_a_reset_is_an_error_wherever_it_comes(raw: bytes) -> None:
    async def run() -> None:
        async with serving(playing(raw, 1 << 20, reset=True)) as url:
            expected = await outcome(theirs(), url)
            assert await outcome(ours(), url) == expected
            assert await outcome(ours(), url, rest=0.1) == expected
            assert isinstance(expected, type)

    asyncio.run(run())


def test_switching_protocols_is_refused() -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"

    async def run() -> None:
        async with serving(playing(raw, 1 << 20)) as url, httpx.AsyncClient(transport=ours()) as client:
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(url, content=b"{}")

    asyncio.run(run())
