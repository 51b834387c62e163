"""The doors to what is happening: who stands in one, whether they still may, and what they are given to read.

An event stream and a WebSocket are two framings of the same: `read` for a turn, `stand` for a door that only
stays open.
"""

from .door import Door, door_for, doubt, doubt_door, still
from .follow import read, until_ended
from .stand import stand

__all__ = ["Door", "door_for", "doubt", "doubt_door", "read", "stand", "still", "until_ended"]
