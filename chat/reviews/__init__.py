"""Review: the queue of held answers, a case's page, and what a reviewer decides. Every look is on record."""

from .deciding import Stale, decide
from .page import CasePage, look
from .queue import Entry, closed_entries, open_count, open_entries, person_name
from .segments import Segment, segments

__all__ = [
    "CasePage", "Entry", "Segment", "Stale", "closed_entries", "decide", "look",
    "open_count", "open_entries", "person_name", "segments",
]  # fmt: skip
