"""Turns log events into what a door sends: htmx partials and named messages, over server-sent events or a WebSocket."""

from .documents import called
from .framing import FRAMINGS, Framing, control, done, frame, message
from .panes import CLEAR, Pane, partial, partials, thought
from .session import Session

__all__ = [
    "CLEAR",
    "FRAMINGS",
    "Framing",
    "Pane",
    "Session",
    "called",
    "control",
    "done",
    "frame",
    "message",
    "partial",
    "partials",
    "thought",
]
