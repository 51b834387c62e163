"""`/ws/turns/<uuid>/?after=`: the events of a turn where an event stream does not come through, and its stop."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from .. import conf, doors, permissions, turns
from ..events import Cursor
from ..models import User
from .base import Socket


class TurnSocket(Socket):
    """Gives what the event stream gives, after the same cursor. The frame `{"type": "stop"}` stops the turn."""

    def look(self, request: HttpRequest) -> None:
        turn = permissions.turn_for(request.user, self.scope["url_route"]["kwargs"]["turn_id"])
        self.door = doors.door_for(request, turn.pk)
        self._frames = doors.read(turn, self.door, Cursor.parse(request.GET.get("after")), "websocket")

    def frames(self) -> AsyncGenerator[bytes, None]:
        return self._frames

    async def taken(self, frame: dict[str, Any]) -> None:
        if frame.get("type") != "stop" or self.door.turn is None:
            return
        # Asked again, as for a request: the session may have ended since this was opened.
        if await doors.still(replace(self.door)) == "open":
            await conf.in_database(_stop, self.door.person, self.door.turn)
        else:
            doors.doubt_door(self.door)


def _stop(person: int, turn: UUID) -> None:
    if turns.request_stop(User.objects.get(pk=person), turn) is not None:
        conf.runner().stop(turn)
