"""Compares the database, the logs and the queue with what happened: every row of every turn."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos import plan
from tests.chaos.pages import texts_of
from tests.chaos.stack import Stack
from tests.chaos.texts import clean
from tests.provider import FORBIDDEN, SECRET

RUNNING = ("accepted", "streaming", "moderating")
LATE = timedelta(seconds=20)


@dataclass
class Rows:
    """The database as it is at the end; turns by their id as text."""

    turns: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, dict[str, tuple[str, str, str]]] = field(default_factory=dict)  # salt, body, digest
    candidates: set[str] = field(default_factory=set)
    passes: set[tuple[str, str]] = field(default_factory=set)
    jobs: list[Any] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def text(self, turn: str) -> str | None:
        found = self.messages.get(turn, {}).get("assistant")
        return json.loads(found[1])["text"] if found else None


COLUMNS = (
    "id",
    "status",
    "finish",
    "hold_kind",
    "attempt",
    "epoch",
    "lease_until",
    "recheck_at",
    "sentence",
    "recoveries",
)


def read(stack: Stack) -> Rows:
    found = Rows()
    for row in stack.rows(f"SELECT {', '.join(COLUMNS)} FROM chat_turn"):
        found.turns[str(row[0])] = dict(zip(COLUMNS, row, strict=True))
    messages: defaultdict[str, dict[str, tuple[str, str, str]]] = defaultdict(dict)
    for turn, role, *body in stack.rows("SELECT turn_id, role, salt, body, digest FROM chat_message"):
        if role in messages[str(turn)]:
            found.doubled.append(str(turn))
        messages[str(turn)][role] = tuple(body)  # type: ignore[assignment]
    found.messages = dict(messages)
    found.candidates = {str(turn) for (turn,) in stack.rows("SELECT turn_id FROM chat_candidate")}
    last = "SELECT DISTINCT ON (turn_id, digest) turn_id, digest, outcome FROM chat_verdict ORDER BY turn_id, digest, round DESC"
    found.passes = {(str(turn), digest) for turn, digest, outcome in stack.rows(last) if outcome == "pass"}
    found.jobs = stack.rows(
        "SELECT id, status, args FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
    )
    return found


def turn_problems(rows: Rows, turn: str, case: plan.Case) -> list[str]:
    """What is wrong with one turn's own rows, whatever was said."""
    row, problems = rows.turns.get(turn), []
    if row is None:
        return ["the POST was answered, and there is no such turn"]
    question = rows.messages.get(turn, {}).get("user")
    if question is None or json.loads(question[1])["text"] != case.question:
        problems.append("its question is not stored as it was sent")
    if row["status"] in RUNNING:
        problems.append(f"still {row['status']} at the end")
    elif row["lease_until"] is not None:
        problems.append(f"{row['status']}, with a lease left")
    answer = rows.messages.get(turn, {}).get("assistant")
    if answer is not None:
        salt, body, digest = answer
        if hashlib.sha256((salt + body).encode()).hexdigest() != digest:
            problems.append("the digest is not that of the message")
        if (turn, digest) not in rows.passes:
            problems.append("a message without a passing verdict on its digest")
        if SECRET in body or FORBIDDEN in body:
            problems.append("a message with what had to be held")
    if row["status"] == "saved" and answer is None:
        problems.append("saved without a message")
    if (turn in rows.candidates) != (row["status"] == "held"):
        problems.append(f"{row['status']} with{'' if turn in rows.candidates else 'out'} a candidate")
    return problems + _hold_problems(row, case)


def _hold_problems(row: dict[str, Any], case: plan.Case) -> list[str]:
    if row["status"] != "held":
        return []
    if row["hold_kind"] == "flagged" and case.special not in ("secret", "flagged"):
        return ["held as flagged, and there is nothing in it to flag"]
    overdue = row["recheck_at"] is not None and row["recheck_at"] < datetime.now(UTC) - LATE
    return [f"to be checked again since {row['recheck_at']}"] if overdue else []


def text_problems(
    seed: int, case: plan.Case, row: dict[str, Any], text: str | None, plays: list[dict[str, Any]]
) -> list[str]:
    """Whether the message is what the provider said, all of it or, where the answer broke off, its beginning."""
    if text is None:
        return []
    if case.gateway:
        good = any(said.startswith(text) for said in texts_of(seed, case.number, ()).values())
        return [] if good else [f"{case.gateway} is stored as {text[-80:]!r}"]
    for play in plays:
        said = clean(plan.said(seed, case.number, play["version"]))
        if row["finish"] == "complete":
            if play["ended"] and text == said:
                return []
        elif said.startswith(text) and len(text) <= play["sent"]:
            return []
    return [f"finished as {row['finish']}, and the message (…{text[-60:]!r}) is not what was said"]


def log_problems(entries: list[Any], row: dict[str, Any], text: str | None) -> list[str]:
    """The stream log when the turn had just ended: no gap, and no other text than the message's."""
    said = _text_of(entries)
    numbers = [int(name.partition(b"-")[2]) for name, _ in entries]
    if numbers and numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return [f"the log's numbers are {numbers}"]
    if text is not None and said and not text.startswith(clean(said)):
        return [f"the log says …{said[-60:]!r}, the message …{text[-60:]!r}"]
    return []


def hold_problems(entries: list[Any]) -> list[str]:
    """The stream log of a held turn, at the end of the run: nothing of its text is left."""
    return [f"held, and its log still says …{said[-60:]!r}"] if (said := _text_of(entries)) else []


def _text_of(entries: list[Any]) -> str:
    return "".join(fields[b"v"].decode() for _, fields in entries if fields[b"k"] == b"text.delta")
