"""The life of a turn. This package alone writes a turn's status, and each change is one compare-and-set."""

from .budget import Budget, Context
from .cases import move_case, open_case, report_case
from .creating import Chosen, Conflict, NewTurn, TooMany, Unknown, create, select
from .describing import length_of, shown_step
from .filling import fill_in, fill_in_case
from .judging import (
    Settled,
    claim_recheck,
    conclude,
    conclude_question,
    due_for_recheck,
    expose,
    question_to_judge,
    reconclude,
)
from .reading import Answer, branch, context, question_of, siblings
from .repairing import document, problem, problem_in, repair_id, schema_of
from .reviewing import UNDO, own_category, release, reopen, uphold
from .running import (
    RECOVERIES,
    Claim,
    Frozen,
    claim,
    claim_judging,
    claim_leftover,
    freeze,
    hand_back,
    interrupt,
    line,
    new_epoch,
    renew,
    request_stop,
    stalled,
    stop_all,
    void_leases,
)
from .states import END_STATES, RUNNING, SHOWN, TRANSITIONS, page_state
from .stretches import Stretch, stretch
from .taking import ended_among, take, waiting

__all__ = [
    "END_STATES", "RECOVERIES", "RUNNING", "SHOWN", "TRANSITIONS", "UNDO", "Answer", "Budget", "Chosen", "Claim", "Conflict", "Context",
    "Frozen", "NewTurn", "Settled", "Stretch", "TooMany", "Unknown", "branch", "claim", "claim_judging", "claim_leftover",
    "claim_recheck", "conclude", "conclude_question", "context", "create", "document", "due_for_recheck", "ended_among", "expose",
    "fill_in", "fill_in_case", "freeze", "hand_back", "interrupt", "length_of", "line", "move_case", "new_epoch", "open_case", "own_category",
    "page_state", "problem", "problem_in", "question_of", "question_to_judge", "reconclude", "release", "renew", "reopen", "repair_id",
    "report_case", "request_stop", "schema_of", "select", "shown_step", "siblings", "stalled", "stop_all", "stretch", "take",
    "uphold", "void_leases", "waiting",
]  # fmt: skip
