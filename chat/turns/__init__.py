"""The life of a turn. This package alone writes a turn's status, and each change is one compare-and-set."""

from .creating import Conflict, NewTurn, TooMany, Unknown, create, select
from .judging import Settled, conclude, due_for_recheck, reconclude, release, uphold
from .reading import PAGE, Answer, branch, context, deepest, siblings
from .running import (
    Claim,
    Frozen,
    claim,
    claim_judging,
    freeze,
    hand_back,
    interrupt,
    renew,
    request_stop,
    stalled,
    stop_all,
    take_over,
    void_leases,
)
from .states import END_STATES, RUNNING, TRANSITIONS, page_state

__all__ = [
    "END_STATES", "PAGE", "RUNNING", "TRANSITIONS", "Answer", "Claim", "Conflict", "Frozen", "NewTurn",
    "Settled", "TooMany", "Unknown", "branch", "claim", "claim_judging", "conclude", "context", "create",
    "deepest", "due_for_recheck", "freeze", "hand_back", "interrupt", "page_state", "reconclude", "release",
    "renew", "request_stop", "select", "siblings", "stalled", "stop_all", "take_over", "uphold", "void_leases",
]  # fmt: skip
