"""WebSockets: what stays open to a person's page."""

from .base import Socket
from .turn import TurnSocket

__all__ = ["Socket", "TurnSocket"]
