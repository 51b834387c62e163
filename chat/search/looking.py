"""A person's conversations looked through, from the one used last: their titles, questions and answers.

Nothing is kept for it: what is found is read from the conversations themselves, by the rules that their pages follow, so
what is taken back is not found from that moment on. A request reads a bounded part of them, and says where to go on.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ..models import Conversation, Role, User
from .excerpts import excerpt, said
from .places import Place
from .reading import Step, steps
from .words import Part, Parts, marked, occur, words

PAGE = 20  # conversations that are found at once
EACH = 3  # messages shown of each
ALONE = 20  # messages shown at once of a conversation that is looked through alone
TURNS = 3000  # turns looked through at once, with two messages each
CHARACTERS = 8_000_000  # of messages as they are stored, looked through at once
UNTITLED = "New chat"


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that has all the words. `role` as in a message; `at`: when its turn began."""

    turn: UUID
    role: str
    at: datetime
    line: Parts


@dataclass(slots=True)
class Found:
    """A conversation whose title has all the words, or some of whose messages do. `more`: those that are not in `hits`."""

    conversation: Conversation
    title: Parts
    hits: list[Hit] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """`after`: where to go on, None where all has been looked through. `full`: it went no further because enough was
    found.
    """

    wanted: list[str]
    found: list[Found]
    after: Place | None = None
    full: bool = False


# By person, the search that was begun last in this process.
_latest: dict[int, object] = {}


def look(person: User, query: str, after: Place | None = None, within: UUID | None = None) -> Results:
    """What of the person's conversations has all the words of `query`, in one message or one title; newest first.

    `within`: of this conversation alone. Where the person begins another search meanwhile, as by typing on, this one
    ends with what it has: nobody waits for it.
    """
    wanted = words(query)
    if not wanted:
        return Results([], [])
    mine = _latest[person.pk] = object()
    try:
        return _Search(person, wanted, within, mine).results(after)
    finally:
        if _latest.get(person.pk) is mine:
            del _latest[person.pk]


class _Search:
    def __init__(self, person: User, wanted: list[str], within: UUID | None, mine: object) -> None:
        self._person, self._wanted, self._within, self._mine = person, wanted, within, mine
        self._found: list[Found] = []
        self._asked: set[tuple[UUID | None, str]] = set()
        self._turns, self._characters = TURNS, CHARACTERS
        # Of these JSON shows no character otherwise than the text has it.
        self._bare = [word for word in wanted if not any(sign in word for sign in ' "\\')]

    def results(self, after: Place | None) -> Results:
        place, current = after, None
        for step in steps(self._person, self._within, after, TURNS):
            begins = step.turn is None
            if begins and current is not None:
                place = Place(current.active_at, current.pk)
            # In front of a conversation's first turn there is no place to come back to.
            if (begins or (place and place.turn and current is not None)) and self._ends(begins):
                return Results(self._wanted, self._found, place, self._full(begins))
            current = step.conversation
            if step.turn is None:
                self._look_at_title(current)
            else:
                turn, created = step.turn
                self._look_at_turn(step, turn, created)
                place = Place(current.active_at, current.pk, created, turn)
        return Results(self._wanted, self._found, place if self._turns <= 0 else None)

    def _ends(self, begins: bool) -> bool:
        spent = self._turns <= 0 or self._characters <= 0
        return spent or self._full(begins) or _latest.get(self._person.pk) is not self._mine

    def _full(self, begins: bool) -> bool:
        if self._within:
            return bool(self._found) and len(self._found[0].hits) >= ALONE
        return begins and len(self._found) >= PAGE

    def _look_at_title(self, conversation: Conversation) -> None:
        if not self._within and occur(conversation.title, self._wanted):
            self._of(conversation)

    def _look_at_turn(self, step: Step, turn: UUID, at: datetime) -> None:
        self._turns -= 1
        for role, body, shaped, parent in step.texts:
            self._characters -= len(body)
            if not shaped and not self._may_have(body):
                continue
            text = said(body, role, shaped)
            if not occur(text, self._wanted):
                continue
            found = self._of(step.conversation)
            # Another answer was asked for with the same question: the newest stands for all of these.
            if role == Role.USER and (parent, text) in self._asked:
                continue
            if role == Role.USER:
                self._asked.add((parent, text))
            if len(found.hits) < (ALONE if self._within else EACH):
                found.hits.append(Hit(turn, role, at, excerpt(text, role, shaped, self._wanted)))
            else:
                found.more += 1

    def _may_have(self, body: str) -> bool:
        """False only where the text cannot have the words: most messages are not even read then."""
        if not body.isascii():
            return True
        lower = body.lower()
        return all(word in lower for word in self._bare)

    def _of(self, conversation: Conversation) -> Found:
        if not self._found or self._found[-1].conversation is not conversation:
            title = marked(conversation.title, self._wanted) if conversation.title else [Part(UNTITLED)]
            self._found.append(Found(conversation, title))
            self._asked.clear()
        return self._found[-1]
