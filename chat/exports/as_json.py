"""A conversation as JSON: every turn of every branch, one on a line. docs/chatting.md describes the fields."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from .. import partial_json
from .notes import note
from .rows import Head, Row

FORMAT, VERSION = "sluice.conversation", 1
END = "\n]}\n"


def begin(head: Head, now: datetime) -> str:
    """What comes before the turns."""
    fields = {
        "format": FORMAT, "version": VERSION, "exported_at": now, "id": head.id, "title": head.title,
        "assistant": head.assistant, "created_at": head.created_at, "active_at": head.active_at, "shown": head.leaf,
    }  # fmt: skip
    return f'{_line(fields)[:-1]}, "turns": ['


def turn(row: Row, first: bool) -> str:
    """One turn. A long document takes tenths of a second: whether it fits its schema is said too."""
    fields: dict[str, Any] = {
        "id": row.id, "parent": row.parent, "kind": row.kind, "state": row.state, "finish": row.finish,
        "assistant": row.assistant, "began_at": row.created_at, "ended_at": row.ended_at,
        "question": row.question, "answer": row.answer,
    }  # fmt: skip
    if row.told:
        fields["told"] = row.told
    if row.thought is not None:
        fields["thought_ms"] = row.thought
    if row.shaped and row.answer and row.answer["text"] and not row.answer["refusal"]:
        problem = partial_json.problem(row.answer["text"], row.schema)
        fields["document"] = {"fits": problem is None, "problem": problem or ""}
    if said := note(row):
        fields["note"] = said
    return ("\n" if first else ",\n") + _line(fields)


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    assert isinstance(value, UUID)
    return str(value)
