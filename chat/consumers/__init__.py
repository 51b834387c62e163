"""WebSockets: what stays open to a person's page."""

from .base import Socket
from .live import DeskSocket, LiveSocket
from .trial import TrialSocket
from .turn import TurnSocket

__all__ = ["DeskSocket", "LiveSocket", "Socket", "TrialSocket", "TurnSocket"]
