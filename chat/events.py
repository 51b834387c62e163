"""The facts a turn's stream log holds, and the cursor that names a place in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Kind(StrEnum):
    STARTED = "turn.started"
    TEXT = "text.delta"
    REASONING = "reasoning.delta"
    THOUGHT = (
        "reasoning.thought"  # for how many milliseconds so far, told when something else than reasoning comes
    )
    REFUSAL = "refusal.delta"
    TOOL = "tool.delta"  # index, and what is new of the call: its id and its name, once; the next piece of arguments
    WAITING = "turn.waiting"
    RESTARTED = "turn.restarted"
    MODERATING = "turn.moderating"
    COMPLETED = "turn.completed"
    HELD = "turn.held"
    STOPPED = "turn.stopped"
    FAILED = "turn.failed"


# What a person reads. Of all but tool calls the data is {"text": …} alone.
PLAIN = frozenset({Kind.TEXT, Kind.REASONING, Kind.REFUSAL})
DELTAS = PLAIN | {Kind.TOOL}
BESIDE = frozenset({Kind.REASONING, Kind.TOOL})  # shown beside the text
TERMINAL = frozenset({Kind.COMPLETED, Kind.HELD, Kind.STOPPED, Kind.FAILED})

# The state that pages and doors name, by the terminal fact.
STATE_OF = {Kind.COMPLETED: "saved", Kind.HELD: "held", Kind.STOPPED: "stopped", Kind.FAILED: "failed"}
KIND_OF = {state: kind for kind, state in STATE_OF.items()}

_CURSOR = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})", re.ASCII)


class Cursor(NamedTuple):
    """The last event somebody has: the `epoch` of the text and the 1-based `seq` in it (0: nothing yet)."""

    epoch: int
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """The cursor that `epoch.seq` names, or None for anything else: nonsense means "from the start"."""
        match = _CURSOR.fullmatch(text or "")
        return cls(int(match[1]), int(match[2])) if match else None


class Event(NamedTuple):
    cursor: Cursor
    kind: Kind
    data: dict[str, Any] = {}


def length(data: Mapping[str, Any]) -> int:
    """Characters that a person can see in a delta's data."""
    return len(data["text"]) + len(data.get("name", ""))
