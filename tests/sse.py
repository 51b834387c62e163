"""Reads an event stream from a raw socket, so that a test can cut it at any byte."""

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    name: str  # "message" where the server named none
    data: str
    id: str = ""


class Stream:
    """One GET, its status and headers read, its body still arriving.

    `timeout` (seconds) is for each single read and `patience` for all of it: the pings of a turn that never ends
    would keep a test waiting for ever. Both raise TimeoutError.
    """

    def __init__(
        self,
        address: tuple[str, int],
        path: str,
        headers: dict[str, str],
        timeout: float = 20,
        patience: float = 90,
    ) -> None:
        self._deadline = time.monotonic() + patience
        self._socket = socket.create_connection(address, timeout)
        lines = [f"GET {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Accept: text/event-stream"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._raw = b""
        self._body = b""
        self._over = False
        self.last_id = ""
        self.received = 0  # bytes of body
        try:
            head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        except BaseException:  # nobody else knows of the socket
            self.cut()
            raise
        self.status = int(head[0].split()[1])
        self.headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
        }
        self._chunked = self.headers.get("transfer-encoding") == "chunked"
        self._left = int(self.headers.get("content-length", -1))

    def __iter__(self) -> Iterator[Event]:
        """Each event as it arrives, until the server ends the stream; ConnectionError if it is torn."""
        while (block := self._block()) is not None:
            if event := parsed(block):
                self.last_id = event.id or self.last_id
                yield event

    def until(self, *names: str) -> list[Event]:
        """The events up to and with the first of one of these names, or to the end."""
        found = []
        for event in self:
            found.append(event)
            if event.name in names:
                break
        return found

    def body(self) -> str:
        """All of it as text: for an answer that is no stream."""
        while self._fill():
            pass
        return self._body.decode()

    def cut(self, *, reset: bool = False) -> None:
        """Go away: as a closed tab does, or as a broken network does."""
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *error: object) -> None:
        self.cut()

    def _block(self) -> bytes | None:
        while True:
            # The server writes \n alone; a \r inside would be a fault, which splitting here would hide.
            block, found, rest = self._body.partition(b"\n\n")
            if found:
                self._body = rest
                return block
            if not self._fill():
                return None

    def _fill(self) -> bool:
        """More of the body; False at its end."""
        if self._over:
            return False
        if self._chunked:
            size = int(self._until(b"\r\n"), 16)
            part = self._exactly(size + 2)[:-2]
            self._over = size == 0
        elif self._left >= 0:
            part, self._over = self._exactly(self._left), True
        else:
            part = self._raw or self._socket.recv(65536)
            self._raw = b""
            self._over = not part
        self._body += part
        self.received += len(part)
        return not self._over or bool(part)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._raw:
            self._receive()
        found, _, self._raw = self._raw.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._raw) < size:
            self._receive()
        found, self._raw = self._raw[:size], self._raw[size:]
        return found

    def _receive(self) -> None:
        if time.monotonic() > self._deadline:
            raise TimeoutError("the stream goes on and on")
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("the connection ended inside the answer")
        self._raw += part


def parsed(block: bytes) -> Event | None:
    """The event in one block of a stream; None for a comment."""
    name, data, identity = "message", [], ""
    for line in block.decode().split("\n"):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id":
            identity = value
    return Event(name, "\n".join(data), identity) if data else None


def events_in(answer: bytes) -> Iterator[Event]:
    """The whole events in the bytes of an answer, head included, as they were recorded on the way (tests.proxy)."""
    *blocks, _ = body_of(answer).split(b"\n\n")
    for block in blocks:
        if event := parsed(block):
            yield event


def body_of(answer: bytes) -> bytes:
    """As much of the body as has come of an answer."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"\r\ntransfer-encoding: chunked" not in head.lower():
        return rest
    body = b""
    while rest:
        size, found, rest = rest.partition(b"\r\n")
        if not found:
            break
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body
