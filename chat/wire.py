"""Turns log events into what a door sends: htmx partials over server-sent events."""

import json
from collections.abc import Callable, Iterable

from .events import BESIDE, STATE_OF, TERMINAL, Cursor, Event, Kind
from .markdown import Patch, Renderer
from .streamlog import Batch

# Targets are searched below the answer's article, so that they need not repeat its id in every message.
_CONTENT = "find .content"
CLEAR = f'<hx-partial hx-target="{_CONTENT}" hx-swap="innerHTML"></hx-partial>'


class Session:
    """One reader's view of a turn: what its page holds now, and what takes it to what the log holds.

    A page is a function of the text alone, so a page that has the text up to a cursor needs nothing else.
    """

    def __init__(self, framing: "Framing | None" = None) -> None:
        self._framing = framing or message
        self._renderer = Renderer()
        self.begun = False
        self.characters = 0
        self.done = False

    def apply(self, batch: Batch) -> bytes:
        """One message for everything in the batch, framed; empty when nothing is to be drawn."""
        frames: list[str] = []
        html = ""
        if batch.fresh:
            self._renderer, self.characters = Renderer(), 0
            html = CLEAR
        elif not self.begun:
            # The page of a resuming reader has this text already.
            self._renderer.feed(batch.before)
            self.characters = len(batch.before)
        self.begun = True
        text = "".join([event.data["text"] for event in batch.events if event.kind is Kind.TEXT])
        if text:
            self.characters += len(text)
            patches = self._renderer.feed(text)
            html = snapshot(self._renderer.html) if batch.fresh else partials(patches)
        elif batch.fresh and batch.events and batch.events[-1].kind in TERMINAL - {Kind.HELD}:
            html = ""  # a log that has lost its text: the page has it, and is told next where to find the whole answer
        if html:
            frames.append(self._framing(html, batch.top, "", None))
        state = None  # the last one counts
        for event in batch.events:
            if event.kind is Kind.TEXT or event.kind in BESIDE:
                continue
            if event.kind in TERMINAL:
                self.done = True
                reference = event.data.get("reference", "")
                frames.append(done(STATE_OF[event.kind], reference, self._framing))
            else:
                state = event
        if state is not None and not self.done:
            frames.append(self._framing(_state(state), batch.top, "state", None))
        return "".join(frames).encode()


def partials(patches: Iterable[Patch]) -> str:
    return "".join(
        f'<hx-partial hx-target="{_CONTENT}{">:last-child" * patch.depth}" hx-swap="{patch.swap}">{patch.html}</hx-partial>'
        for patch in patches
    )


def snapshot(html: str) -> str:
    return f'<hx-partial hx-target="{_CONTENT}" hx-swap="innerHTML">{html}</hx-partial>'


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


def _state(event: Event) -> str:
    state = "moderating" if event.kind == Kind.MODERATING else "streaming"
    note = ""
    if event.kind == Kind.RESTARTED:
        note = "Writing it again from the start…"
    elif event.kind == Kind.WAITING and "why" in event.data:
        note = "The model broke off. It is being asked to go on…"
    elif event.kind == Kind.WAITING:
        note = f"Many answers are being written; yours is number {event.data['place']} in line."
    return json.dumps({"state": state, "note": note})
