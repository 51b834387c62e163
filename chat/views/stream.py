"""The event stream of a turn: server-sent events for htmx."""

from collections.abc import AsyncGenerator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from .. import permissions
from ..events import Cursor
from . import doors
from .follow import ending, follow
from .guard import SIGNED_OUT

HEADERS = {
    "Cache-Control": "no-store",
    # Compressed, Chromium shows nothing until the end; buffered by nginx, likewise.
    "Content-Encoding": "identity",
    "X-Accel-Buffering": "no",
}


@require_safe
async def events(request: HttpRequest, turn_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """The turn's events after `Last-Event-ID` (or `?after=`). 401 and 404 before a stream opens, never a redirect."""
    door, ended = await sync_to_async(_open)(request, turn_id)
    if door is None:
        return HttpResponse(SIGNED_OUT, status=401, content_type="text/plain; charset=utf-8")
    after = Cursor.parse(request.headers.get("Last-Event-ID") or request.GET.get("after"))
    body = _once(ended) if ended else follow(door, after, "sse")
    return StreamingHttpResponse(body, content_type="text/event-stream", headers=HEADERS)


def _open(request: HttpRequest, turn_id: UUID) -> tuple[doors.Door | None, str]:
    """The door and, for a turn that has ended, its `done`: the row is asked first, the log never says the end alone."""
    if not request.user.is_authenticated:
        return None, ""
    permissions.turn_for(request.user, turn_id)
    return doors.door_for(request, turn_id), ending(turn_id)


async def _once(message: str) -> AsyncGenerator[bytes, None]:
    yield message.encode()
