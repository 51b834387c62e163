"""The doors to what is happening: who stands in one, whether they still may, and what they are given to read.

An event stream and a WebSocket are two framings of the same: `follow` for a turn, `stand` for a door that only
stays open.
"""

from .door import Door, door_for, doubt, still
from .follow import ending_of, follow, until_ended
from .stand import stand

__all__ = ["Door", "door_for", "doubt", "ending_of", "follow", "stand", "still", "until_ended"]
