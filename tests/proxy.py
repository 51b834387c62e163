"""A TCP proxy between a browser and a server, which misbehaves on demand.

The browser's own "offline" switch does not cut an open stream; this does. Faults concern connections whose request
names one of `only` (parts of paths), so that a page's files can pass while its event stream suffers.

    proxy.cut()                      close the open connections            proxy.cut(reset=True): with a RST
    proxy.cut(last_chunk=True)       the same after ending the body properly, as a server does that has no more to say
    proxy.cut_after(700)             the next answer ends after 700 bytes; times=3: the next three
    proxy.mode = "refuse"            nobody listens any more; also "502", "silence" (open, and nothing comes), "pass"
    proxy.canned = b"HTTP/1.1 204…"  what mode "canned" answers with, and then closes
    proxy.streams = "hold"           event streams come through only once they have ended; also "hold body" (the head
                                     passes), "refuse" (403 from the proxy), "pass"; of all requests
    proxy.sockets = False            WebSockets are refused
    proxy.down                       every byte the server sent towards the browser; proxy.up the other way
    proxy.answers("/turns/…/events") the same of each request whose first line holds this, by itself: head and body
"""

import contextlib
import select
import socket
import struct
import threading
from dataclasses import dataclass, field

_PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
_BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_PAGE), _PAGE)
)
_LAST_CHUNK = b"0\r\n\r\n"
_FORBIDDEN = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)
_MODES = ("pass", "refuse", "502", "silence", "canned")


@dataclass
class _Connection:
    """One browser's connection and its twin to the server."""

    near: socket.socket
    far: socket.socket
    concerned: bool = False
    left: int | None = None  # bytes until the cut
    reset: bool = False
    held: bytearray | None = None  # of an event stream, until its end
    answer: bytearray = field(default_factory=bytearray)  # what has passed of the present answer

    def close(self, *, reset: bool) -> None:
        for side in (self.near, self.far):
            with contextlib.suppress(OSError):  # the peer may have been first
                if reset:
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # shutdown wakes the thread that waits in select; a RST needs the close alone.
                if not reset:
                    side.shutdown(socket.SHUT_RDWR)
            side.close()


@dataclass
class Proxy:
    """A context manager; `address` is what the browser is told."""

    server: tuple[str, int]
    only: tuple[str, ...] = ()
    address: tuple[str, int] = ("127.0.0.1", 0)
    down: bytearray = field(default_factory=bytearray, repr=False)
    up: bytearray = field(default_factory=bytearray, repr=False)
    seen: int = 0  # requests that faults concern
    canned: bytes = b""
    streams: str = "pass"
    sockets: bool = True
    _mode: str = "pass"
    _cuts: list[tuple[int, bool]] = field(default_factory=list)
    _connections: list[_Connection] = field(default_factory=list)
    _answers: list[tuple[str, bytearray]] = field(default_factory=list, repr=False)
    _listener: socket.socket | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        assert mode in _MODES, mode
        self._mode = mode
        if mode == "refuse":
            self._deafen()
        elif self._listener is None:
            self._listen()

    def answers(self, part: str = "") -> list[bytes]:
        """What has passed so far of each answer whose request's first line holds `part`, in the order of the requests."""
        return [bytes(answer) for line, answer in list(self._answers) if part in line]

    def cut(self, *, reset: bool = False, last_chunk: bool = False) -> int:
        """End the open connections that faults concern; how many there were."""
        with self._lock:
            cut = [each for each in self._connections if each.concerned or not self.only]
            for each in cut:
                if last_chunk:
                    each.near.sendall(_LAST_CHUNK)
                self._end(each, reset=reset)
        return len(cut)

    def cut_after(self, size: int, *, reset: bool = False, times: int = 1) -> None:
        """Each of the next `times` concerned answers is cut once `size` bytes of it have passed."""
        self._cuts += [(size, reset)] * times

    def __enter__(self) -> "Proxy":
        self._listen()
        return self

    def __exit__(self, *error: object) -> None:
        self._deafen()
        with self._lock:
            for each in list(self._connections):
                self._end(each, reset=False)

    def _listen(self) -> None:
        self._listener = socket.create_server(self.address, backlog=64)
        self.address = self._listener.getsockname()[:2]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _deafen(self) -> None:
        if listener := self._listener:
            self._listener = None
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.server, timeout=5)
            except OSError:
                near.close()
                continue
            connection = _Connection(near, far)
            with self._lock:
                self._connections.append(connection)
            threading.Thread(target=self._carry, args=(connection,), daemon=True).start()

    def _carry(self, connection: _Connection) -> None:
        try:
            while self._step(connection):
                pass
        except (OSError, ValueError):  # closed from another thread
            pass
        finally:
            self._end(connection, reset=connection.reset)

    def _step(self, connection: _Connection) -> bool:
        ready, _, _ = select.select([connection.near, connection.far], [], [])
        for side in ready:
            data = side.recv(65536)
            if not data:
                return False
            if side is connection.near:
                if not self._request(connection, data):
                    return False
            elif not self._answer(connection, data):
                return False
        return True

    def _request(self, connection: _Connection, data: bytes) -> bool:
        line = data.partition(b"\r\n")[0].decode("latin-1")
        if line.endswith("HTTP/1.1"):  # keep-alive: each request decides anew
            connection.concerned = not self.only or any(part in line for part in self.only)
            connection.answer = bytearray()
            self._answers.append((line, connection.answer))
            if connection.concerned:
                self.seen += 1
                connection.left, connection.reset = self._cuts.pop(0) if self._cuts else (None, False)
        if connection.concerned and self._mode in {"502", "canned"}:
            connection.near.sendall(self.canned if self._mode == "canned" else _BAD_GATEWAY)
            return False
        if not self.sockets and b"\r\nupgrade: websocket\r\n" in data.lower():
            connection.near.sendall(_FORBIDDEN)
            return False
        self.up += data
        connection.far.sendall(data)
        return True

    def _answer(self, connection: _Connection, data: bytes) -> bool:
        if connection.concerned and self._mode == "silence":
            return True
        if connection.left is not None:
            data = data[: connection.left]
            connection.left -= len(data)
        if self.streams != "pass" and b"\r\ncontent-type: text/event-stream\r\n" in data:
            if self.streams == "refuse":
                connection.near.sendall(_FORBIDDEN)
                return False
            head, end, data = data.partition(b"\r\n\r\n")
            connection.held = bytearray(head + end)
            if self.streams == "hold body":
                connection.near.sendall(connection.held)
                connection.held.clear()
        if connection.held is not None:
            connection.held += data
            if not connection.held.endswith(_LAST_CHUNK):
                return True
            data, connection.held = bytes(connection.held), None
        self.down += data
        connection.answer += data
        connection.near.sendall(data)
        return connection.left != 0

    def _end(self, connection: _Connection, *, reset: bool) -> None:
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)
                connection.close(reset=reset)
