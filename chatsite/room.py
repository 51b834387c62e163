"""daphne takes whatever an application sends at once, and keeps in memory what a reader does not take.

`send` of a stream then waits until there is room, as uvicorn's does, and a reader that takes nothing is cut.
"""

import asyncio
import functools
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from chat.management.server import STUCK, UNSENT

Send = Callable[[Any], Awaitable[None]]


def with_room(send: Send) -> Send:
    """`send` of an HTTP request that waits for its reader: daphne's; any other as it is."""
    request = send.args[0] if isinstance(send, functools.partial) and send.args else None
    return _Unhurried(send, request) if type(request).__module__ == "daphne.http_protocol" else send


class _Unhurried:
    """What Twisted calls a push producer: it is told when its consumer's buffer is full, and when it is empty again."""

    def __init__(self, send: Send, request: Any) -> None:
        self._send, self._request = send, request
        self._registered = False
        self._room = asyncio.Event()
        self._room.set()

    async def __call__(self, message: Any) -> None:
        request = self._request
        if message["type"] == "http.response.body" and request.channel is not None:
            if message.get("more_body") and not self._registered:
                self._registered = True
                # What the kernel holds beyond this has been drawn and is not read: megabytes, left to itself.
                request.channel.transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
                request.registerProducer(self, True)
            elif self._registered and not message.get("more_body"):
                request.unregisterProducer()  # it would refuse to end
                self._registered = False
        await self._send(message)
        if not self._room.is_set():
            try:
                async with asyncio.timeout(STUCK):
                    await self._room.wait()
            except TimeoutError:
                if request.channel is not None:
                    request.channel.transport.abortConnection()

    def pauseProducing(self) -> None:
        self._room.clear()

    def resumeProducing(self) -> None:
        self._room.set()

    def stopProducing(self) -> None:
        self._room.set()
