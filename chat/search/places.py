"""Where a search goes on: conversations from the one used last, in each its turns from the newest."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

_MOST = 200  # characters of one that is taken for one


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a conversation, or behind one of its turns. `active` and `created` are those rows' own moments."""

    active: datetime
    conversation: UUID
    created: datetime | None = None
    turn: UUID | None = None

    def __str__(self) -> str:
        """As an address has it."""
        words = [self.active.isoformat(), self.conversation.hex]
        if self.created and self.turn:
            words += [self.created.isoformat(), self.turn.hex]
        return "_".join(words)

    @property
    def moment(self) -> datetime:
        return self.created or self.active

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """None for what is no such address: the search begins at its beginning."""
        words = text[:_MOST].split("_")
        try:
            place = cls(_moment(words[0]), UUID(words[1]))
            return place if len(words) == 2 else cls(place.active, place.conversation, _moment(words[2]), UUID(words[3]))  # fmt: skip
        except (ValueError, IndexError, OverflowError):
            return None

    def conversations(self) -> Q:
        """Those that are not before it: all that come behind its own, and that one where its turns are not done."""
        behind = Q(active_at__lt=self.active) | Q(active_at=self.active, pk__lt=self.conversation)
        return behind | Q(pk=self.conversation) if self.turn else behind

    def turns(self) -> Q:
        """Those of these conversations that are behind it."""
        if not self.turn:
            return Q()
        return (
            ~Q(conversation=self.conversation)
            | Q(created_at__lt=self.created)
            | Q(created_at=self.created, pk__lt=self.turn)
        )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)  # OverflowError for one that no database knows
