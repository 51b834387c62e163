"""Reads the same events from a WebSocket that tests.sse reads from an event stream."""

import contextlib
import json
import socket
import struct
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from .sse import Event

TIMEOUT = 20  # seconds for each frame; pings come more often


class Socket:
    """One WebSocket, opened; `status` is 101, or what it was refused with, and then there is nothing to read."""

    def __init__(self, address: tuple[str, int], path: str, headers: dict[str, str]) -> None:
        self.last_id = ""
        self.body = ""
        self._connection: ClientConnection | None = None
        self._open = contextlib.ExitStack()
        try:
            opening = connect(
                f"ws://{address[0]}:{address[1]}{path}", additional_headers=headers,
                compression=None, proxy=None, open_timeout=TIMEOUT, max_size=None,
            )  # fmt: skip
            self._connection = self._open.enter_context(opening)
            self.status = 101
        except InvalidStatus as refusal:
            self.status = refusal.response.status_code
            self.body = bytes(refusal.response.body or b"").decode()

    def __iter__(self) -> Iterator[Event]:
        """Each event as it arrives, until the server closes; TimeoutError when it says nothing."""
        assert self._connection is not None, self.status
        while True:
            try:
                frame = json.loads(self._connection.recv(timeout=TIMEOUT))
            except ConnectionClosed:
                return
            self.last_id = frame.get("id") or self.last_id
            yield Event(frame.get("event", "message"), frame["data"], frame.get("id", ""))

    def until(self, *names: str) -> list[Event]:
        """The events up to and with the first of one of these names, or to the end."""
        found = []
        for event in self:
            found.append(event)
            if event.name in names:
                break
        return found

    def send(self, frame: Any) -> None:
        """A frame: text or bytes as they are, anything else as JSON. One that comes too late is nobody's fault."""
        assert self._connection is not None, self.status
        with contextlib.suppress(ConnectionClosed):
            self._connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def code(self) -> int:
        """Read to the end; the code it was closed with."""
        for _ in self:
            pass
        assert self._connection is not None
        return self._connection.close_code or 0

    def cut(self, *, reset: bool = False) -> None:
        """Go away: as a closed tab does, or as a broken network does."""
        if self._connection is None:
            return
        if reset:
            linger = struct.pack("ii", 1, 0)
            with contextlib.suppress(OSError):
                self._connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._connection.socket.close()
        self._open.close()

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *error: object) -> None:
        self.cut()


def path(turn: object, after: str = "") -> str:
    return f"/ws/turns/{turn}/?after={quote(after)}"
