"""The threads beside the event loop, and the processor they share with it."""

from .processor import Processor
from .visiting import Threads

__all__ = ["Processor", "Threads"]
