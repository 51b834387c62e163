"""`/ws/live/`: hints that something of the person's has changed elsewhere, for a page that then looks itself; and
`/ws/review/`, the same for the pages of the review desk.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any

from channels.layers import get_channel_layer
from django.http import Http404, HttpRequest

from .. import doors, live, permissions, wire
from .base import Socket

_frame = wire.FRAMINGS["websocket"]
AWAY = 5000  # ms after which a page comes again that cannot be told anything now


class LiveSocket(Socket):
    """Says `ready` once it would hear, then `changed` with `{"turns": […], "list": […]}`, ids of conversations.

    Holds its place in the channel layer, no thread and no database connection.
    """

    def group(self) -> str:
        return live.group(self.door.person)

    async def frames(self) -> AsyncGenerator[bytes, None]:
        layer: Any = get_channel_layer()
        group = self.group()
        try:
            async with asyncio.timeout(live.PATIENCE):
                channel = await layer.new_channel()
                await layer.group_add(group, channel)
        except Exception as error:
            live.complain(error)
            yield wire.control("interrupted", retry=AWAY, framing=_frame)
            return
        hearing = asyncio.create_task(self._hear(layer, channel))
        try:
            yield wire.control("ready", framing=_frame)
            async for framed in doors.stand(self.door, "websocket"):
                yield framed
        finally:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(live.PATIENCE):
                    await layer.group_discard(group, channel)
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _hear(self, layer: Any, channel: str) -> None:
        while True:
            hint = await layer.receive(channel)
            kinds = {kind: ids for kind, ids in hint.items() if kind != "type"}
            await self.say(_frame(json.dumps(kinds), None, "changed", None).encode())


class DeskSocket(LiveSocket):
    """Says `ready`, then `changed` with `{"cases": […]}`, to whoever may see the queue; `gone` once they may not."""

    def look(self, request: HttpRequest) -> None:
        if not permissions.can_open_desk(request.user):
            raise Http404("There is no such page for you.")
        self.door = doors.door_for(request, None, permissions.can_open_desk)

    def group(self) -> str:
        return live.DESK
