"""The addresses of WebSockets."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from . import trial
from .consumers import DeskSocket, LiveSocket, TrialSocket, TurnSocket


async def nowhere(scope: Any, receive: Any, send: Any) -> Any:
    """Refuses the handshake: there is nothing at this address."""
    await send({"type": "websocket.close"})


router = URLRouter(
    [
        path("ws/live/", LiveSocket.as_asgi()),
        path("ws/review/", DeskSocket.as_asgi()),
        path("ws/turns/<uuid:turn_id>/", TurnSocket.as_asgi()),
        path(trial.SOCKET_PATH, TrialSocket.as_asgi()),
        re_path("", nowhere),
    ]
)
