"""What every WebSocket does: lets in whom it may, says when it closes and why, and holds nothing while it is open."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import HttpRequest, HttpResponse

from .. import conf, doors
from .opening import ask, from_here

logger = logging.getLogger(__name__)

# What a page sends is a few words; whoever sends more, or more often, is no page of ours.
MOST = 4096  # characters of a frame
FRAMES, WINDOW = 30, 10.0  # so many in so many seconds

FOREIGN = (
    "Only a page of this server may open this. Behind a proxy, name its address in CSRF_TRUSTED_ORIGINS."
)
PLAIN = "text/plain; charset=utf-8"
SIGNED_OUT = "You have been signed out."
# An application's own codes are 4000 and up (RFC 6455, 7.4.2); daphne sends no others but 1000.
DONE, UNREADABLE, TOO_MANY, TOO_LARGE, BROKEN = 1000, 4003, 4008, 4009, 4011


class Socket(AsyncWebsocketConsumer):
    """A person's open socket. Its last frame says why it closes: done, gone, signed-out or interrupted.

    Refused before it is accepted: 403 for a foreign page, 401 for nobody, 404 where `look` raises Http404 (daphne can
    only say 403). A subclass says what it carries in `frames`, and takes what the page sends in `taken`.
    """

    # One without a channel costs nothing in the layer; whoever is told something through it sets "default".
    channel_layer_alias = ""

    door: doors.Door
    _task: asyncio.Task[None] | None = None
    _closing = False
    _count, _since = 0, 0.0

    def look(self, request: HttpRequest) -> None:
        """Set `door`, in a database thread, before it is accepted. Raises as a view does."""
        self.door = doors.door_for(request, None)

    def frames(self) -> AsyncGenerator[bytes, None]:
        """What is sent while it is open, framed; it closes when this ends."""
        return doors.stand(self.door, "websocket")

    async def taken(self, frame: dict[str, Any]) -> None:
        """A frame of the page. A type that is not known means nothing."""

    async def say(self, framed: bytes) -> None:
        """Send lines of JSON, a frame for each. On uvicorn this returns when there is room for more."""
        for line in framed.decode().split("\n"):
            if line and not self._closing:
                await self.send(text_data=line)

    async def close(self, code: int | None = None, reason: str | None = None) -> None:
        if not self._closing:
            self._closing = True
            await super().close(code, reason)

    async def connect(self) -> None:
        answer = await conf.in_database(ask, self.scope, self.answer)
        if answer.status_code != 200:
            await self._refuse(answer)
            raise StopConsumer
        await self.accept()
        self._task = asyncio.create_task(self._run())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        now = time.monotonic()
        if now - self._since > WINDOW:
            self._count, self._since = 0, now
        self._count += 1
        if self._count > FRAMES:
            await self.close(TOO_MANY)
        elif len(text_data or bytes_data or "") > MOST:
            await self.close(TOO_LARGE)
        elif (frame := _read(text_data)) is None:
            await self.close(UNREADABLE)
        elif not self._closing:
            await self.taken(frame)

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels' own goes to a thread before each, to look after a database connection that is not held here.
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._receive = receive
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Whether it is let in (200), or why not; in a database thread."""
        if not from_here(request):
            return sentence(FOREIGN, 403)
        if not request.user.is_authenticated:
            return sentence(SIGNED_OUT, 401)
        self.look(request)
        return HttpResponse()

    async def _run(self) -> None:
        try:
            async with contextlib.aclosing(self.frames()) as frames:
                async for framed in frames:
                    await self.say(framed)
            await self.close(DONE)
        except OSError:
            pass  # it has gone, and `websocket_disconnect` is on its way
        except Exception:
            logger.exception("A WebSocket broke: %s", self.scope["path"])
            await self.close(BROKEN)

    async def _refuse(self, answer: HttpResponse) -> None:
        if "websocket.http.response" not in self.scope.get("extensions", {}):
            await self.close()
            return
        ours = answer.headers["Content-Type"] == PLAIN  # and no page, which nobody would see
        body = answer.content if ours else HTTPStatus(answer.status_code).phrase.encode()
        head = [(b"content-type", PLAIN.encode())]
        await self.base_send(
            {"type": "websocket.http.response.start", "status": answer.status_code, "headers": head}
        )
        await self.base_send({"type": "websocket.http.response.body", "body": body})
        # uvicorn logs an error unless its connection has gone before we have: it says so twice.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._receive()
                await self._receive()


def _read(text: str | None) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError, RecursionError):
        frame = json.loads(text or "")
        if isinstance(frame, dict):
            return frame
    return None


def sentence(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type=PLAIN)
