"""What is exported, read a few rows at a time, each by a statement that asks again whose it is and whether it is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FilteredRelation, Q

from .. import turns
from ..models import Conversation, Kind, Role, Turn, User, bodies
from ..turns import reading

TURNS = 5  # read at once: of the longest that is some 3 MB
CONVERSATIONS = 50
_NAMES = (
    "pk", "parent", "parent__status", "kind", "status", "hold_kind", "finish", "sentence", "shaped", "thought", "created_at", "ended_at",
    "assistant_version__schema", "assistant_version__assistant__name", "asked__body", "said__body",
    "conversation__owner", "conversation__owner__is_active", "conversation__deleted_at", "conversation__erased_at",
)  # fmt: skip


# Of a turn in its conversation: when it began, and its id.
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Head:
    """A conversation without its turns. `assistant`: who answers in it now."""

    id: UUID
    title: str
    assistant: str
    created_at: datetime
    active_at: datetime
    leaf: UUID | None


@dataclass(frozen=True, slots=True)
class Row:
    """A turn with its texts. `question` None: nobody wrote one, or it was not taken. `answer`: the channels of what is
    shown, None where nothing is. `told`: what the model was told to repair its answer, while that is shown.
    """

    id: UUID
    parent: UUID | None
    kind: str
    state: str
    hold_kind: str
    finish: str
    sentence: str
    shaped: bool
    schema: dict[str, Any] | None
    thought: int | None
    assistant: str
    created_at: datetime
    ended_at: datetime | None
    question: str | None
    told: str
    answer: dict[str, Any] | None

    @property
    def place(self) -> Place:
        return self.created_at, self.id

    @property
    def running(self) -> bool:
        return self.state in {"streaming", "moderating"}


class Gone(Exception):
    """The conversation was deleted, or the account closed, while it was exported."""


def heads(person: int, after: Head | None = None) -> list[Head]:
    """Up to CONVERSATIONS of the person's, the newest first, from behind `after`. Raises Gone. Not by when they were used last:
    what is written in meanwhile would be passed over.
    """
    rows = _mine(person).exclude(leaf=None)
    if after:
        behind = Q(created_at__lt=after.created_at) | Q(created_at=after.created_at, pk__lt=after.id)
        rows = rows.filter(behind)
    found = [head(row) for row in rows.order_by("-created_at", "-pk")[:CONVERSATIONS]]
    if not found and not User.objects.filter(pk=person, is_active=True).exists():
        raise Gone
    return found


def head(row: Conversation) -> Head:
    assistant = row.assistant.name if row.assistant else ""
    return Head(row.pk, row.title, assistant, row.created_at, row.active_at, row.leaf_id)


def branch(person: int, conversation: UUID) -> list[UUID]:
    """The turns of the branch that is shown, oldest first. Raises Gone."""
    found = _mine(person).filter(pk=conversation).first()
    if found is None:
        raise Gone
    parents, _ = reading.tree(found)
    return reading.path_to(parents, found.leaf_id)


def rows_of(person: int, which: list[UUID]) -> list[Row]:
    """These turns of one branch, at most TURNS of them, in their order. Raises Gone."""
    rows = {row.id: row for row in _rows(person, Q(pk__in=which))}
    if len(rows) < len(which):
        raise Gone
    return [rows[key] for key in which]


def rows_after(person: int, conversation: UUID, after: Place | None) -> list[Row]:
    """Up to TURNS of all its turns, of whatever branch, in the order in which they began. Raises Gone."""
    behind = Q(conversation=conversation)
    if after:
        behind &= Q(created_at__gt=after[0]) | Q(created_at=after[0], pk__gt=after[1])
    rows = _rows(person, behind)
    # None are left, or none may be read any more: half a conversation is not to look like a whole one.
    if not rows and not _mine(person).filter(pk=conversation).exists():
        raise Gone
    return rows


def _mine(person: int) -> Any:
    rows = Conversation.objects.filter(owner=person, owner__is_active=True, deleted_at=None, erased_at=None)
    return rows.select_related("assistant")


def _rows(person: int, which: Q) -> list[Row]:
    """Those of the turns that are the person's to read, at most TURNS, the first first."""
    rows = Turn.objects.filter(which).order_by("created_at", "pk")
    rows = rows.annotate(asked=_message(Role.USER), said=_message(Role.ASSISTANT))
    # One statement: a status and a text that were read one after the other could belong to different moments. Whose they
    # are is not asked of the database: SQLite would begin with all that is the person's, each time.
    found = (dict(zip(_NAMES, values, strict=True)) for values in rows.values_list(*_NAMES)[:TURNS])
    return [_row(turn) for turn in found if _readable(turn, person)]


def _readable(turn: dict[str, Any], person: int) -> bool:
    owned = turn["conversation__owner"] == person and turn["conversation__owner__is_active"]
    return owned and not (turn["conversation__deleted_at"] or turn["conversation__erased_at"])


def _message(role: Role) -> FilteredRelation:
    # A new one for each statement, which makes it its own.
    return FilteredRelation("messages", condition=Q(messages__role=role, messages__erased_at=None))


def _row(turn: dict[str, Any]) -> Row:
    shown = turn["status"] in turns.SHOWN
    asked = bodies.channels(turn["asked__body"])["text"] if turn["asked__body"] is not None else None
    written = turn["kind"] not in {Kind.CONTINUE, Kind.REPAIR}
    # It quotes the document above, and is told no longer than that.
    tells = turn["kind"] == Kind.REPAIR and turn["parent__status"] in turns.SHOWN
    return Row(
        id=turn["pk"],
        parent=turn["parent"],
        kind=turn["kind"],
        state=turns.page_state(turn["status"]),
        hold_kind=turn["hold_kind"],
        finish=turn["finish"] if shown else "",
        sentence=turn["sentence"] if shown else "",
        shaped=turn["shaped"],
        schema=turn["assistant_version__schema"],
        thought=turn["thought"] if shown else None,
        assistant=turn["assistant_version__assistant__name"] or "",
        created_at=turn["created_at"],
        ended_at=turn["ended_at"],
        question=asked if written else None,
        told=(asked or "") if tells else "",
        answer=bodies.channels(turn["said__body"]) if shown and turn["said__body"] is not None else None,
    )
