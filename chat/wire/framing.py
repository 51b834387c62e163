"""How a message is put on the wire: for an event stream, or for a WebSocket."""

import json
from collections.abc import Callable

from ..events import Cursor


def message(data: str, cursor: Cursor | None = None, event: str = "", retry: int | None = None) -> str:
    """One message of the event stream. Only LF may stand inside data: CR would end the line for the reader."""
    head = f"retry: {retry}\n" if retry else ""
    head += f"event: {event}\n" if event else ""
    head += f"id: {cursor}\n" if cursor else ""
    body = _lines(data).replace("\n", "\ndata: ")
    return f"{head}data: {body}\n\n"


def frame(data: str, cursor: Cursor | None = None, event: str = "", retry: int | None = None) -> str:
    """The same for a WebSocket: a line of JSON, whose `data` is what a reader of the event stream gets as data."""
    fields = {"id": str(cursor) if cursor else "", "event": event, "data": _lines(data), "retry": retry}
    return json.dumps({key: value for key, value in fields.items() if value}, ensure_ascii=False) + "\n"


# Makes one message of data, cursor, event's name and the milliseconds to wait before coming again.
Framing = Callable[[str, Cursor | None, str, int | None], str]
FRAMINGS: dict[str, Framing] = {"sse": message, "websocket": frame}  # by the route that a log's readers name


def done(state: str, reference: str, framing: Framing = message) -> str:
    return framing(json.dumps({"state": state, "reference": reference}), None, "done", None)


def control(event: str, retry: int | None = None, framing: Framing = message) -> bytes:
    """A named message without content: ping, gone, signed-out, interrupted (`retry` in milliseconds)."""
    return framing("{}", None, event, retry).encode()


def _lines(data: str) -> str:
    return data.replace("\r\n", "\n").replace("\r", "\n") if "\r" in data else data
