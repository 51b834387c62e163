"""What a provider may put on the wire, byte by byte, in each protocol: the same text, and the same kind of failure."""

import asyncio
import json
import re
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from chat.llm import Client, Delta, Finish, ProviderError
from chat.llm import errors as e
from tests.asking import endpoint, read, text_of
from tests.raw_server import Serve, serving

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out

Step = bytes | float | str  # bytes to send, seconds to wait, or "reset", "hang"


@dataclass(frozen=True)
class Speech:
    """How a protocol says "Hello" and that it is done."""

    kind: str
    hello: bytes
    end: bytes
    idle: bytes  # a word that says nothing

    @property
    def whole(self) -> bytes:
        return self.hello + self.end

    def head(self, *fields: bytes) -> bytes:
        return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Type: " + self.kind.encode(), *fields, b"", b""])

    def sized(self, body: bytes, length: int | None = None) -> bytes:
        return self.head(b"Content-Length: %d" % (len(body) if length is None else length)) + body

    def chunked(self, *chunks: bytes) -> bytes:
        return self.head(b"Transfer-Encoding: chunked") + b"".join(
            b"%x\r\n%b\r\n" % (len(c), c) for c in chunks
        )


def _event(data: object, name: str = "") -> bytes:
    return (f"event: {name}\n" if name else "").encode() + f"data: {json.dumps(data)}\n\n".encode()


SPEECHES = {
    "openai": Speech(
        "text/event-stream",
        _event({"choices": [{"index": 0, "delta": {"content": "Hello"}}]}),
        _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}) + b"data: [DONE]\n\n",
        b": waiting\n\n",
    ),
    "anthropic": Speech(
        "text/event-stream",
        _event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}, "content_block_delta"),
        _event({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, "message_delta") + _event({"type": "message_stop"}, "message_stop"),
        _event({"type": "ping"}, "ping"),
    ),
    "ollama": Speech(
        "application/x-ndjson",
        b'{"message":{"role":"assistant","content":"Hello"},"done":false}\n',
        b'{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n',
        b'{"message":{"role":"assistant","content":""},"done":false}\n',
    ),
}  # fmt: skip


@pytest.fixture(params=SPEECHES)
def protocol(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def said(protocol: str) -> Speech:
    return SPEECHES[protocol]


def status(number: int, body: bytes = b"", *fields: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d Word" % number, *fields, b"Content-Length: %d" % len(body), b"Connection: close"]
    return b"\r\n".join([*lines, b"", body])


HTML = b"Content-Type: text/html"


@dataclass
class Outcome:
    text: str
    error: ProviderError | None
    finished: bool
    requests: int
    pauses: list[float]


def outcome(protocol: str, *answers: Sequence[Step], **limits: float) -> Outcome:
    """What a client makes of a server that gives its first request the first of `answers`, and so on."""
    requests: list[bytes] = []
    pauses: list[float] = []
    deltas: list[Delta] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length is not None
        requests.append(await reader.readexactly(int(length[1])))
        for step in answers[min(len(requests), len(answers)) - 1]:
            await _play(step, writer)

    async def run(serve: Serve) -> ProviderError | None:
        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        async with serving(serve) as url:
            client = Client(endpoint(url, protocol=protocol, **limits), sleep=pause)
            try:
                await read(client, deltas)
            except ProviderError as error:
                return error
            finally:
                await client.aclose()
        return None

    error = asyncio.run(run(serve))
    return Outcome(text_of(deltas), error, any(isinstance(d, Finish) for d in deltas), len(requests), pauses)


async def _play(step: Step, writer: asyncio.StreamWriter) -> None:
    if isinstance(step, bytes):
        writer.write(step)
        await writer.drain()
    elif isinstance(step, float):
        await asyncio.sleep(step)
    elif step == "hang":
        await asyncio.Event().wait()
    else:
        await asyncio.sleep(0.05)  # what was sent is to arrive before it
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def test_a_whole_answer_is_one_however_it_is_wrapped(protocol: str, said: Speech) -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    bom = b"\xef\xbb\xbf"
    ways: dict[str, Sequence[Step]] = {
        "sized": [said.sized(said.whole)],
        "in chunks": [said.chunked(said.hello, said.end, b"")],
        "until it closes": [said.head() + said.whole],
        "after other responses": [early + said.sized(said.whole)],
        "with a mark at its start": [said.sized(bom + said.whole)],
        "by CRLF": [said.sized(said.whole.replace(b"\n", b"\r\n"))],
        "with words that say nothing": [said.sized(said.idle * 50 + said.hello + said.idle * 50 + said.end)],
        "with more than its length": [said.sized(said.whole) + b"more"],
        "without its last chunk": [said.chunked(said.hello, said.end)],
        "with a reset behind it": [said.chunked(said.hello, said.end), "reset"],
        "without its last blank line": [said.head() + said.whole.rstrip(b"\n")],
        "byte by byte": [bytes([each]) for each in said.sized(said.whole)],
        "dripping": [said.head(), *(each for byte in said.whole[:40] for each in (bytes([byte]), 0.002)), said.whole[40:]],
    }  # fmt: skip
    for name, steps in ways.items():
        got = outcome(protocol, steps, idle_timeout=2.0)
        assert (got.text, got.error, got.finished, got.requests) == ("Hello", None, True, 1), (name, got)


def test_what_ends_too_soon_keeps_its_text_is_no_whole_answer_and_is_not_asked_again(
    protocol: str, said: Speech
) -> None:
    ways: dict[str, tuple[Sequence[Step], type[ProviderError] | None]] = {
        "a reset": ([said.chunked(said.hello), "reset"], e.ConnectionLost),
        "an end inside the body": ([said.chunked(said.hello)], e.ConnectionLost),
        "a length too long": ([said.sized(said.hello, len(said.whole))], e.ConnectionLost),
        "a length too short": ([said.sized(said.whole, len(said.hello))], None),
        "an end without a word": ([said.head() + said.hello], None),
        "an end inside an event": ([said.head() + said.hello + said.end[:20]], None),
        "a wrong chunk": ([said.chunked(said.hello) + b"zz\r\n" + said.end], e.ConnectionLost),
        "silence": ([said.chunked(said.hello), "hang"], e.IdleTimeout),
        "no JSON": ([said.head() + said.hello + said.hello.replace(b"Hello", b'He"o') + said.end], e.Unreadable),
    }  # fmt: skip
    for name, (steps, kind) in ways.items():
        got = outcome(protocol, steps, idle_timeout=0.5 if "hang" in steps else 20)
        assert (got.text, got.finished, got.requests) == ("Hello", False, 1), (name, got)
        assert type(got.error) is (kind or type(None)), (name, got)


def test_a_provider_that_only_says_that_it_is_there_is_ended_by_the_total_limit(
    protocol: str, said: Speech
) -> None:
    word = b"%x\r\n%b\r\n" % (len(said.idle), said.idle)
    steps: list[Step] = [said.chunked(said.hello), *([word, 0.05] * 100)]
    got = outcome(protocol, steps, total_timeout=0.8)
    assert (got.text, type(got.error), got.requests) == ("Hello", e.TotalTimeout, 1)


def test_what_is_no_answer_is_told_as_what_it_is(protocol: str, said: Speech) -> None:
    page = b"<!doctype html><title>%b</title><p>words"
    ways: dict[str, tuple[Sequence[Step], type[ProviderError], str]] = {
        "nothing": ([said.sized(b"")], e.NoAnswer, ""),
        "words that say nothing": ([said.sized(said.idle)], e.NoAnswer, ""),
        "another success": ([status(204)], e.Unreadable, ""),
        "another one": ([status(206, said.whole)], e.Unreadable, ""),
        "a web page": ([status(200, page % b"Sign in", HTML)], e.Unreadable, "Sign in"),
        "a list": ([status(200, b'["words"]', b"Content-Type: application/json")], e.Unreadable, ""),
        "a list for a stream": ([said.sized(b'["words"]\n\n')], e.Unreadable, ""),
        "another alphabet": ([said.sized(said.whole.decode().encode("utf-16"))], e.Unreadable, ""),
        "plain words": ([said.sized(b"words\n")], e.Unreadable, ""),
        "a redirect": ([status(307, b"", b"Location: /login")], e.Redirected, ""),
        "the wrong address": ([status(404, page % b"Not here", HTML)], e.AddressNotFound, "Not here"),
        "no key": ([status(401, b'{"error":{"message":"no"}}')], e.KeyRefused, "no"),
        "silence": ([said.head(), "hang"], e.FirstByteTimeout, ""),
        "silence before it": (["hang"], e.FirstByteTimeout, ""),
    }  # fmt: skip
    for name, (steps, kind, shown) in ways.items():
        got = outcome(protocol, steps, first_byte_timeout=0.5 if "hang" in steps else 20)
        assert (got.text, got.finished, got.requests) == ("", False, 1), (name, got)
        assert type(got.error) is kind, (name, got)
        assert got.error is not None
        assert got.error.provider_text == shown, (name, got)
        assert "words" not in got.error.detail, (name, got)


def test_what_passes_by_itself_is_asked_again_and_the_answer_comes_once(protocol: str, said: Speech) -> None:
    whole = [said.sized(said.whole)]
    soon: dict[str, Sequence[Step]] = {
        "503": [status(503)],
        "a proxy's 502": [status(502, b"<title>502 Bad Gateway</title>", HTML)],
        "a proxy's 504": [status(504, b"<title>504 Gateway Time-out</title>", HTML)],
        "429": [status(429, b"", b"Retry-After: 1")],
        "nothing at all": [b""],
        "a reset": ["reset"],
        "headers without end": [said.head()[:-2] + b"X: " + b"y" * 200_000],
        "no HTTP": [b"SSH-2.0-OpenSSH_9.2\r\n"],
    }
    for name, steps in soon.items():
        got = outcome(protocol, steps, whole)
        assert (got.text, got.error, got.finished, got.requests) == ("Hello", None, True, 2), (name, got)
        again = outcome(protocol, steps)
        assert (again.text, again.requests) == ("", 3), (name, again)
        assert again.error is not None
        assert again.error.retryable, (name, again)


def test_nobody_waits_for_a_provider_that_wants_to_be_left_alone_for_long(protocol: str) -> None:
    for wanted in (b"3600", b"99999999999999999999", b"Wed, 21 Oct 2099 07:28:00 GMT"):
        got = outcome(protocol, [status(429, b"", b"Retry-After: " + wanted)])
        assert (type(got.error), got.requests, got.pauses) == (e.RateLimited, 1, []), wanted
