"""A provider that costs little: its own process, one callback per token, chunks made beforehand.

The last user message says what it plays: `<kind> <tokens a second> <tokens>`. The kind `stamps` sends words that tell
when they were sent; any other names a corpus. `python -m tests.bench.provider PORT`.
"""

import asyncio
import json
import sys
import time
from typing import Any

import uvloop

from tests.bench import corpus

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
# No vowels: nothing that a rule may be looking for, which would split a stamp between two events.
LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnqrtvwz")


def stamp() -> str:
    """The monotonic clock, which all processes of a machine share, in units of 0.1 ms as a word of nine letters."""
    return "x" + f"{int(time.monotonic() * 10_000) & 0xFFFFFFFF:08x}".translate(LETTERS)


def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "bench", "object": "chat.completion.chunk", "model": "bench", "choices": choices}
    return framed(b"data: " + json.dumps(body).encode() + b"\n\n")


def framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


END = chunk({}, "stop") + framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"
# The length of a stamp is always the same, so only its nine letters are put in; every 60th word ends a paragraph.
STAMPED = chunk({"content": "x........ "}).partition(b"x........")
LAST_ONE = chunk({"content": "x........\n\n"}).partition(b"x........")
CHUNKS = {kind: [chunk({"content": each}) for each in corpus.tokens(kind)] for kind in corpus.KINDS}


class Answer(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.received = b""
        self.timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        if len(body) < length:
            return
        self.received = body[length:]
        kind, rate, count = json.loads(body[:length])["messages"][-1]["content"].split()
        self.chunks = CHUNKS.get(kind, [])
        self.pause, self.left, self.count = 1 / float(rate), int(count), int(count)
        self.at = asyncio.get_running_loop().time()
        self.transport.write(HEAD)
        self.token()

    def token(self) -> None:
        if self.transport.is_closing():
            return
        if not self.left:
            self.timer = None
            self.transport.write(END)
            return
        if self.chunks:
            self.transport.write(self.chunks[(self.count - self.left) % len(self.chunks)])
        else:
            before, _, after = STAMPED if self.left % 60 else LAST_ONE
            self.transport.write(before + stamp().encode() + after)
        self.left -= 1
        self.at += self.pause
        self.timer = asyncio.get_running_loop().call_at(self.at, self.token)

    def connection_lost(self, error: Exception | None) -> None:
        if self.timer:
            self.timer.cancel()


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", port, backlog=2048)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
