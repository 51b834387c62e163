"""daphne takes whatever an application sends at once, and keeps in memory what a reader does not take.

`send` then waits until there is room, as uvicorn's does, and a reader that takes nothing is cut.
"""

import asyncio
import functools
import socket
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

from chat.management.server import STUCK, UNSENT

Send = Callable[[Any], Awaitable[None]]


def with_room(send: Send) -> Send:
    """`send` of a request or a WebSocket that waits for its reader: daphne's; any other as it is."""
    protocol = send.args[0] if isinstance(send, functools.partial) and send.args else None
    module = type(protocol).__module__
    if module == "daphne.http_protocol":
        return _Request(send, protocol)
    return _Socket(send, protocol) if module == "daphne.ws_protocol" else send


class _Unhurried(ABC):
    """What Twisted calls a push producer: it is told when its consumer's buffer is full, and when it is empty again."""

    def __init__(self, send: Send, protocol: Any) -> None:
        self._send, self.protocol = send, protocol
        self._room = asyncio.Event()
        self._room.set()

    async def __call__(self, message: Any) -> None:
        self.prepare(message)
        await self._send(message)
        if not self._room.is_set():
            try:
                async with asyncio.timeout(STUCK):
                    await self._room.wait()
            except TimeoutError:
                if (transport := self.transport()) is not None:
                    transport.abortConnection()

    @abstractmethod
    def prepare(self, message: Any) -> None:
        """Called before each message is sent: the place to begin, and to stop, being told."""

    @abstractmethod
    def transport(self) -> Any:
        """The connection; None once it is gone."""

    def bound(self) -> None:
        """What the kernel holds beyond this has been drawn and is not read: megabytes, left to itself."""
        self.transport().getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)

    def pauseProducing(self) -> None:
        self._room.clear()

    def resumeProducing(self) -> None:
        self._room.set()

    def stopProducing(self) -> None:
        self._room.set()


class _Request(_Unhurried):
    told = False

    def transport(self) -> Any:
        return self.protocol.channel.transport if self.protocol.channel is not None else None

    def prepare(self, message: Any) -> None:
        if message["type"] != "http.response.body" or self.transport() is None:
            return
        more = message.get("more_body", False)
        if more and not self.told:
            self.bound()
            self.protocol.registerProducer(self, True)
        elif self.told and not more:
            self.protocol.unregisterProducer()  # it would refuse to end
        self.told = more


class _Socket(_Unhurried):
    told = False

    def transport(self) -> Any:
        return self.protocol.transport if self.protocol.connected else None

    def prepare(self, message: Any) -> None:
        if (
            message["type"] == "websocket.send"
            and not self.told
            and (transport := self.transport()) is not None
        ):
            self.told = True
            self.bound()
            # The request that became this socket is still asked to wait, and cannot.
            transport.unregisterProducer()
            transport.registerProducer(self, True)
