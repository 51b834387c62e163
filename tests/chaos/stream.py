"""An event stream as a browser opens one, on asyncio: the head of the response, then events as they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.sse import Event

SILENCE = 20.0  # seconds without a byte (a ping comes every 15) after which a page gives a connection up


@dataclass
class Stream:
    """`open` raises OSError, and so does reading when the connection is torn; TimeoutError after SILENCE."""

    port: int
    status: int = 0
    received: bytearray = field(default_factory=bytearray, repr=False)  # the body so far
    _body: bytes = b""

    async def open(self, path: str, headers: dict[str, str]) -> Stream:
        async with asyncio.timeout(SILENCE):
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
            lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: text/event-stream"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            self._writer.write("\r\n".join([*lines, "", ""]).encode())
            head = await self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        self.status = int(lines[0].split()[1])
        self._chunked = "transfer-encoding: chunked" in lines
        return self

    async def events(self, pause: float = 0.0) -> AsyncIterator[Event]:
        """Until the server ends the stream. `pause`: seconds a slow reader leaves between two reads."""
        while True:
            block, found, rest = self._body.partition(b"\n\n")
            if not found:
                async with asyncio.timeout(SILENCE):
                    if not await self._fill():
                        return
                await asyncio.sleep(pause)
                continue
            self._body = rest
            if event := _event(block.decode()):
                yield event

    def cut(self, *, reset: bool = False) -> None:
        if writer := getattr(self, "_writer", None):
            if reset:
                writer.transport.abort()
            else:
                writer.close()

    async def _fill(self) -> bool:
        if not self._chunked:
            data = await self._reader.read(65536)
        else:
            size = int(await self._until(b"\r\n"), 16)
            data = (await self._exactly(size + 2))[:-2]
        self.received += data
        self._body += data
        return bool(data)

    async def _until(self, mark: bytes) -> bytes:
        try:
            return (await self._reader.readuntil(mark))[: -len(mark)]
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ConnectionError("the connection ended inside the answer") from error

    async def _exactly(self, size: int) -> bytes:
        try:
            return await self._reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the connection ended inside the answer") from error


def _event(block: str) -> Event | None:
    name, data, identity = "message", [], ""
    for line in block.split("\n"):
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "data":
            data.append(value)
        elif key == "event":
            name = value
        elif key == "id":
            identity = value
    return Event(name, "\n".join(data), identity) if data else None
