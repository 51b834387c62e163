"""One hop of the network, between two parts of the product: a TCP proxy that cuts, stalls, slices and refuses."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass, field

_RESET = struct.pack("ii", 1, 0)  # closing with this linger sends RST instead of FIN
_SLICED = 400  # bytes of each read that are sent in small pieces; the rest goes as it is

Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(eq=False)
class _Connection:
    near: Side
    far: Side
    left: int | None  # bytes towards the near side until it is cut

    def end(self, *, reset: bool) -> None:
        for _, writer in (self.near, self.far):
            if reset:
                with contextlib.suppress(OSError, AttributeError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            else:
                writer.close()


@dataclass
class Line:
    """`to` is a (host, port) or the path of a Unix socket; the near end is `port` on loopback, the same all its life."""

    name: str
    to: tuple[str, int] | str
    chance: random.Random
    port: int = 0
    slicing: bool = False
    _connections: set[_Connection] = field(default_factory=set, repr=False)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _listener: asyncio.Server | None = field(default=None, repr=False)
    _cuts: list[int] = field(default_factory=list, repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    async def open(self) -> Line:
        """Listen, or listen again."""
        self._flowing.set()
        if self._listener is None:
            self._listener = await asyncio.start_server(
                self._met, "127.0.0.1", self.port, reuse_address=True, backlog=1024
            )
            self.port = self._listener.sockets[0].getsockname()[1]
        return self

    def refuse(self) -> None:
        """Nobody listens any more, and what was open is cut."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self.cut()

    async def close(self) -> None:
        self.refuse()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def cut(self, *, reset: bool = False, share: float = 1.0) -> int:
        """End each open connection with a probability of `share`; how many were."""
        ended = [each for each in self._connections if self.chance.random() < share]
        for each in ended:
            each.end(reset=reset)
        return len(ended)

    def cut_soon(self, sizes: list[int]) -> None:
        """The next connections end after so many bytes each."""
        self._cuts += sizes

    def stall(self) -> None:
        """Connections stay open, and nothing passes until `open`."""
        self._flowing.clear()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._join(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()  # not raised again: asyncio's streams would report it as an error
        finally:
            self._tasks.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if isinstance(self.to, str):
                far = await asyncio.open_unix_connection(self.to)
            else:
                far = await asyncio.open_connection(*self.to)
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection((reader, writer), far, self._cuts.pop() if self._cuts else None)
        self._connections.add(connection)
        both = [
            asyncio.create_task(self._carry(connection, reader, far[1], up=True)),
            asyncio.create_task(self._carry(connection, far[0], writer, up=False)),
        ]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            # A reset on one side is one on the other: to a client it is not the same as an orderly end.
            connection.end(reset=any(isinstance(each.exception(), ConnectionError) for each in done))
        finally:
            connection.end(reset=False)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            self._connections.discard(connection)

    async def _carry(
        self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool
    ) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            cut = False
            if connection.left is not None and not up:
                data, cut = data[: connection.left], len(data) >= connection.left
                connection.left -= len(data)
            if self.slicing:
                data = await self._slice(writer, data)
            writer.write(data)
            await writer.drain()
            if cut:
                return

    async def _slice(self, writer: asyncio.StreamWriter, data: bytes) -> bytes:
        """Send the beginning in pieces of a few bytes; the rest."""
        at = 0
        while at < min(len(data), _SLICED):
            size = self.chance.randint(1, 40)
            writer.write(data[at : at + size])
            at += size
            await asyncio.sleep(0.002)
        return data[at:]
