"""Review: the queue of held and reported answers, claims, a case's page, and what a reviewer decides. Every look is on record."""

from .claims import LEASE, claim, let_go, next_case, renew, take_over
from .deciding import UNDO, decide, escalate, undo
from .entries import note, reveal
from .facets import MOST, facets, lane_counts
from .filters import LANES, SORTS, Filter
from .forgetting import forget
from .page import CasePage, brief, look
from .places import place_of
from .queue import Entry, Page, newer, open_count, page, some
from .reporting import Own, report, reported_lately, theirs
from .segments import Segment, segments
from .stale import Stale, what_happened

__all__ = [
    "LANES", "LEASE", "MOST", "SORTS", "UNDO", "CasePage", "Entry", "Filter", "Own", "Page", "Segment", "Stale",
    "brief", "claim", "decide", "escalate", "facets", "forget", "lane_counts", "let_go", "look", "newer",
    "next_case", "note", "open_count", "page", "place_of", "renew", "report", "reported_lately", "reveal", "segments", "some",
    "take_over", "theirs", "undo", "what_happened",
]  # fmt: skip
