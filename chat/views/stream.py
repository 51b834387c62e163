"""The event stream of a turn: server-sent events for htmx."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from .. import doors, permissions
from ..events import Cursor
from .guard import SIGNED_OUT

HEADERS = {
    "Cache-Control": "no-store",
    # Compressed, Chromium shows nothing until the end; buffered by nginx, likewise.
    "Content-Encoding": "identity",
    "X-Accel-Buffering": "no",
}


@require_safe
def events(request: HttpRequest, turn_id: UUID) -> HttpResponse | StreamingHttpResponse:
    """The turn's events after `Last-Event-ID` (or `?after=`). 401 and 404 before a stream opens, never a redirect."""
    if not request.user.is_authenticated:
        return HttpResponse(SIGNED_OUT, status=401, content_type="text/plain; charset=utf-8")
    turn = permissions.turn_for(request.user, turn_id)
    after = Cursor.parse(request.headers.get("Last-Event-ID") or request.GET.get("after"))
    body = doors.read(turn, doors.door_for(request, turn_id), after, "sse")
    return EventStream(body, content_type="text/event-stream", headers=HEADERS)


class EventStream(StreamingHttpResponse):
    """Iterated as it is: Django's own way goes through two generators more for each message."""

    def __init__(self, body: AsyncGenerator[bytes, None], **options: Any) -> None:
        super().__init__(body, **options)
        self._body = body

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        return self._body
