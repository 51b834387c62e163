"""The load: many answers at once, and when each of their words arrived.

It runs in the bench's own process, on protocols of its own, so that it costs little beside what it measures.
"""

import asyncio
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.bench.targets import Process

STAMP = re.compile(rb"x([b-df-hjkmnqrtvwz]{8})(?![a-z])")
NUMBERS = bytes.maketrans(b"bcdfghjkmnqrtvwz", b"0123456789abcdef")


@dataclass
class Chat:
    """One answer as its reader saw it. Times in seconds; a delay is from the provider's write to here."""

    begun: float = field(default_factory=time.monotonic)
    waited: float = 0.0  # from the first byte of the first request to the first word
    delays: list[float] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)  # when each of those arrived
    received: int = 0  # bytes of the stream's body, head included
    done: bool = False


class Reader(asyncio.Protocol):
    """One connection: sends requests, and reads until `end` is seen."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.chat: Chat | None = None
        self.over: asyncio.Future[None] | None = None
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    async def ask(self, request: bytes, chat: Chat | None = None, end: bytes = b"") -> bytes:
        """Fill `chat` until `end` has come; without a chat, the whole response, by its Content-Length."""
        self.chat, self.end, self.seen = chat, end, b""
        self.over = self.loop.create_future()
        self.transport.write(request)
        await self.over
        return self.seen

    def data_received(self, data: bytes) -> None:
        if self.chat is None:
            self.seen += data
            over = _is_whole(self.seen)
        else:
            tail = self.seen[-40:]
            self.seen = tail + data
            self._count(self.seen, len(tail), data)
            over = self.chat.done = self.end in self.seen
        if over and self.over and not self.over.done():
            self.over.set_result(None)

    def _count(self, whole: bytes, old: int, data: bytes) -> None:
        assert self.chat is not None
        now = time.monotonic()
        self.chat.received += len(data)
        for found in STAMP.finditer(whole):
            if found.end() <= old:
                continue
            sent = int(found[1].translate(NUMBERS), 16) / 10_000
            delay = (now - sent) % (2**32 / 10_000)
            if not self.chat.delays:
                self.chat.waited = now - self.chat.begun
            self.chat.delays.append(delay)
            self.chat.moments.append(now)

    def connection_lost(self, error: Exception | None) -> None:
        if self.over and not self.over.done():
            self.over.set_result(None)


async def connect(port: int) -> Reader:
    _, reader = await asyncio.get_running_loop().create_connection(Reader, "127.0.0.1", port)
    return reader


async def plain(target: Process, what: str) -> Chat:
    """One answer straight from the provider, or through nginx."""
    chat = Chat()
    reader = await connect(target.port)
    body = json.dumps({"messages": [{"role": "user", "content": what}], "stream": True}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
    await reader.ask(head.encode() + body, chat, b"[DONE]")
    reader.transport.close()
    return chat


async def ours(target: Process, what: str, *, whole: bool = False) -> Chat:
    """One turn as a browser has it: POST, event stream, and with `whole` the answer's HTML at the end. Where the target
    has one that reads, the stream is followed there.
    """
    chat = Chat()
    reader = await connect(target.port)
    turn = await post(reader, target, what)
    if target.reads is not None:
        reader.transport.close()
        target = target.reads
        reader = await connect(target.port)
    await reader.ask(get(target, f"/turns/{turn}/events"), chat, b"event: done")
    reader.transport.close()
    if whole:
        reader = await connect(target.port)
        await reader.ask(get(target, f"/turns/{turn}/answer/"))
        reader.transport.close()
    return chat


async def post(reader: Reader, target: Process, what: str) -> uuid.UUID:
    turn = uuid.uuid4()
    body = (
        f"csrfmiddlewaretoken={target.csrf}&turn={turn}&conversation={uuid.uuid4()}&parent=&kind=send"
        f"&text={what.replace(' ', '+')}"
    ).encode()
    head = (
        f"POST /turns/ HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nHX-Request: true\r\nCookie: {target.cookies}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    answer = await reader.ask(head.encode() + body)
    if b" 200 " not in answer[:20]:
        raise SystemExit(f"the product refused a turn: {answer[:500]!r}")
    return turn


def _is_whole(response: bytes) -> bool:
    head, found, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(found and length and len(body) >= int(length[1]))


def get(target: Process, path: str, after: str = "") -> bytes:
    last = f"Last-Event-ID: {after}\r\n" if after else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nCookie: {target.cookies}\r\n{last}\r\n".encode()
