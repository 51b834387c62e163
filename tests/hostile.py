"""A provider that means harm: it sends what is large, deep, endless or made to be slow, as fast as it is read.

with Hostile() as hostile:
    hostile.url            # for CHAT_PROVIDER_URL; the question names one of ATTACKS
"""

import contextlib
import gzip
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
PIECE = 1 << 16
ENOUGH = 1 << 31  # bytes, after which even an endless one ends: a test that would fail fails in time


def event(delta: Any, **fields: Any) -> bytes:
    choice = {"index": 0, "delta": delta}
    return b"data: " + json.dumps({"choices": [choice], **fields}).encode() + b"\n\n"


def call(index: Any, identity: str, arguments: str = "") -> bytes:
    told = {"id": identity, "function": {"name": "f", "arguments": arguments}}
    return event({"tool_calls": [told if index is None else {"index": index, **told}]})


def endless(piece: bytes) -> Iterator[bytes]:
    return itertools.repeat(piece * (PIECE // len(piece) + 1))


def gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same in larger parts."""
    pieces = iter(pieces)
    while part := b"".join(itertools.islice(pieces, 500)):
        yield part


def stream(*parts: Iterable[bytes], head: bytes = OK) -> Iterator[bytes]:
    yield head + b"\r\n"
    for part in parts:
        yield from part


def bomb() -> Iterator[bytes]:
    """A quarter of a gigabyte of comments in 300 KB."""
    yield OK + b"Content-Encoding: gzip\r\n\r\n"
    yield gzip.compress(b":\n" * (1 << 27), 1)


def chunked(chunk: bytes) -> Iterator[bytes]:
    yield OK + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from endless(chunk)


HELLO = event({"content": "Hello"})
ATTACKS: dict[str, Callable[[], Iterable[bytes]]] = {
    "calls without end": lambda: stream(gathered(call(n, "x") for n in itertools.count())),
    "calls without an index": lambda: stream(gathered(call(None, f"{n:x}") for n in itertools.count())),
    "arguments without end": lambda: stream(endless(call(7, "x", "[" * 1000))),
    "a refusal without end": lambda: stream(endless(event({"refusal": "no " * 1000}))),
    "thoughts without end": lambda: stream(endless(event({"reasoning_content": "hm " * 1000}))),
    "thoughts of one letter": lambda: stream(endless(event({"reasoning_content": "h"}))),
    "an index of 4000 digits": lambda: stream([call(10**4000, "x", "{}")], endless(b":\n")),
    "a count of 8 MB": lambda: [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        b'{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"a":'
        + json.dumps([[[[9] * 50] * 50] * 50] * 20).encode() + b"}}",
    ],
    "a count of 10 MB in an event": lambda: stream([event({}, usage={"a": [9] * 3_000_000})], endless(HELLO)),
    "counts in every event": lambda: stream(endless(event({}, usage={str(n): n for n in range(5000)}))),
    "depth": lambda: stream([b"data: " + b'{"choices":' * 80_000 + b"\n\n"], endless(HELLO)),
    "an error made to be slow": lambda: stream(
        [b"data: " + json.dumps({"error": {"message": "exceed" * 160_000}}).encode() + b"\n\n"]
    ),
    "a bomb": bomb,
    "events without a word": lambda: stream(endless(b"data: {}\n\n")),
    "comments without end": lambda: stream(endless(b":\n")),
    "lines of nothing": lambda: stream(endless(b"\r")),
    "a line without end": lambda: stream(endless(b"x")),
    "headers without end": lambda: itertools.chain([OK], endless(b"X-Y: z\r\n")),
    "a header without end": lambda: itertools.chain([OK, b"X-Y: "], endless(b"z")),
    "promises without end": lambda: endless(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "trailers without end": lambda: itertools.chain(
        [OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"], endless(b"X-Y: z\r\n")
    ),
    "chunks of one byte": lambda: chunked(b"1;" + b"x" * 500 + b"\r\n:\r\n"),
}  # fmt: skip


class Hostile:
    """Listens on loopback while it is open, a thread to a connection."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.sent: dict[str, int] = {}  # bytes of each attack that the other side has taken

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"

    def __enter__(self) -> "Hostile":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._attack, args=(connection,), daemon=True).start()

    def _attack(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as reader:
            length = 0
            while (line := reader.readline().strip().lower()) != b"":
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            if not length:
                return  # asked for its models, to see whether it works again
            name = json.loads(reader.read(length))["messages"][-1]["content"]
            self.sent[name] = 0
            for piece in ATTACKS[name]():
                connection.sendall(piece)
                self.sent[name] += len(piece)
                if self.sent[name] > ENOUGH:
                    break
