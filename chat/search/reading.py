"""The person's conversations and what in them may be found, read a few at a time, from the newest on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from .. import turns
from ..models import Conversation, Kind, Message, Role, Turn, User
from .places import Place

_CONVERSATIONS = 100  # of which the turns are asked for by one statement
_TEXTS = 100  # turns of which the messages are

# What is said in a person's place by a turn of these kinds nobody wrote, and no page shows as a question.
_INSTRUCTED = {Kind.CONTINUE, Kind.REPAIR}

# Role, body, whether the answer is a document, and the turn above.
Text = tuple[str, str, bool, UUID | None]


@dataclass(frozen=True, slots=True)
class Step:
    """A conversation that begins, or one of its turns (its id and moment) with its messages, the answer first."""

    conversation: Conversation
    turn: tuple[UUID, datetime] | None = None
    texts: Sequence[Text] = ()


def steps(person: User, within: UUID | None, after: Place | None, most: int) -> Iterator[Step]:
    """From the conversation used last on, or from behind `after`: all, or `most` turns at least.

    A conversation that `after` is in the middle of does not begin again.
    """
    while batch := _conversations(person, within, after):
        rows = _turns(batch, after, most)
        texts: dict[UUID, list[Text]] = {}
        number = 0
        for conversation in batch:
            if not (after and after.turn and after.conversation == conversation.pk):
                yield Step(conversation)
            while number < len(rows) and rows[number][0] == conversation.pk:
                if number % _TEXTS == 0:
                    texts = _texts(person, [row[1] for row in rows[number : number + _TEXTS]])
                _, turn, created = rows[number]
                number += 1
                yield Step(conversation, (turn, created), texts.get(turn, ()))
            if number == most:
                return  # there may be more of this conversation
        if len(batch) < _CONVERSATIONS:
            return
        after = Place(batch[-1].active_at, batch[-1].pk)


def _conversations(person: User, within: UUID | None, after: Place | None) -> list[Conversation]:
    rows = Conversation.objects.filter(owner=person, deleted_at=None, erased_at=None).exclude(leaf=None)
    if within:
        rows = rows.filter(pk=within)
    if after:
        rows = rows.filter(after.conversations())
    return list(rows.order_by("-active_at", "-pk")[:_CONVERSATIONS])


def _turns(batch: list[Conversation], after: Place | None, most: int) -> list[tuple[UUID, UUID, datetime]]:
    """Conversation, id and moment of each, in the order in which they are looked at."""
    rows = Turn.objects.filter(conversation__in=batch)
    if after:
        rows = rows.filter(after.turns())
    columns = rows.values_list("conversation", "pk", "created_at")
    found = list(columns[: most + 1])
    if len(found) > most:
        # Only then in their order by the database: PostgreSQL reads every conversation there is for it.
        order = ("-conversation__active_at", "-conversation", "-created_at", "-pk")
        found = list(columns.order_by(*order)[:most])
    place = {conversation.pk: -number for number, conversation in enumerate(batch)}
    return sorted(found, key=lambda row: (place[row[0]], row[2], row[1]), reverse=True)


def _texts(person: User, of: list[UUID]) -> dict[UUID, list[Text]]:
    """Whose they are and whether they are shown is read by the very statement that reads them."""
    # Not asked of the database: SQLite would begin with all of the person's turns, each time.
    owned = ("turn__conversation__owner", "turn__conversation__deleted_at", "turn__conversation__erased_at")
    columns = ("turn", "role", "body", "turn__shaped", "turn__parent", "turn__status", "turn__kind", *owned)
    rows = Message.objects.filter(turn__in=of, erased_at=None).order_by("role").values_list(*columns)
    texts: dict[UUID, list[Text]] = {}
    for turn, role, body, shaped, parent, status, kind, owner, deleted, erased in rows:
        shown = status in turns.SHOWN if role == Role.ASSISTANT else kind not in _INSTRUCTED
        if shown and owner == person.pk and not deleted and not erased:
            texts.setdefault(turn, []).append((role, body, shaped, parent))
    return texts
