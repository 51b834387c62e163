"""The one table of a turn's states, and what a page calls them."""

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from ..models import Finish, Status, Turn
from ..models.prepared import Word, Write

RUNNING = frozenset({Status.ACCEPTED, Status.STREAMING, Status.MODERATING})
END_STATES = frozenset(Status) - RUNNING
# An answer of these is part of its conversation, where it has a message: it is shown, found and exported.
SHOWN = frozenset({Status.SAVED, Status.STOPPED, Status.FAILED})

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.ACCEPTED: frozenset({Status.STREAMING, Status.STOPPED}),
    # back to accepted: a process that shuts down hands the turn over
    # held: its question was, before any model had seen it
    Status.STREAMING: frozenset(
        {Status.ACCEPTED, Status.MODERATING, Status.STOPPED, Status.FAILED, Status.HELD}
    ),
    Status.MODERATING: frozenset({Status.SAVED, Status.STOPPED, Status.FAILED, Status.HELD}),
    # accepted: its question was let through, and is to be answered
    Status.HELD: SHOWN | {Status.UPHELD, Status.ACCEPTED},
    Status.UPHELD: frozenset({Status.HELD}),
    # withdrawn: its person's report was upheld, or a release undone; back by a decision alone, as the database sees to
    Status.SAVED: frozenset({Status.WITHDRAWN}),
    Status.STOPPED: frozenset({Status.WITHDRAWN}),
    Status.FAILED: frozenset({Status.WITHDRAWN}),
    Status.WITHDRAWN: SHOWN,
}

_PAGE = {Status.ACCEPTED: "streaming", Status.UPHELD: "held", Status.WITHDRAWN: "held"}
_PASSED = {Finish.STOPPED: Status.STOPPED, Finish.BROKEN: Status.FAILED, Finish.BLOCKED: Status.FAILED}


def running_words() -> list[Word]:
    """RUNNING as the index of running turns has it, so that a statement finds them by that index."""
    return [Word(status) for status in (Status.ACCEPTED, Status.STREAMING, Status.MODERATING)]


def page_state(status: str) -> str:
    """What `data-state` says: accepted reads as streaming, upheld and withdrawn as held."""
    return _PAGE.get(Status(status), status)


def passed_status(finish: str) -> Status:
    """Where a judged text that passed ends, by how it had finished."""
    return _PASSED.get(Finish(finish), Status.SAVED)


def move(turn_id: UUID, old: Status, new: Status, *, attempt: int | None = None, **fields: object) -> bool:
    """Change a status if it is still `old` (and the attempt still ours); False when somebody else was first."""
    assert new in TRANSITIONS[old], f"{old} → {new} is not a transition"
    change = _change(tuple(fields), attempt is not None)
    return change(pk=turn_id, old=old, of=attempt, status=new, **fields) == 1


@functools.cache
def _change(names: tuple[str, ...], fenced: bool) -> Write:
    def build(slot: Callable[[str], Any]) -> tuple[Any, dict[str, Any]]:
        rows = Turn.objects.filter(pk=slot("pk"), status=slot("old"))
        if fenced:
            rows = rows.filter(attempt=slot("of"))
        return rows, {name: slot(name) for name in ("status", *names)}

    return Write(build)
