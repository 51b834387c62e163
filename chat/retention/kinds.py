"""Each kind of data that is kept for a time: what of it is past that, and how some of it is removed.

Small steps, each a transaction of its own: nobody waits for a purge.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from .. import turns
from ..models import (
    Candidate,
    Case,
    CaseEntry,
    CheckResult,
    Decision,
    Invitation,
    LoginFailure,
    Message,
    Role,
    Status,
    Suggestion,
    Transcript,
    Turn,
)
from ..models import Kind as TurnKind
from . import files
from .erasing import erasable, erase

STEP = 200  # rows that a step takes at most


class Kind(ABC):
    """`name` in the plural, for the report."""

    name: str
    content = False  # words of people: when they are gone, the files are to be cleaned

    @abstractmethod
    def due(self, now: datetime) -> QuerySet[Any]:
        """Rows past their time."""

    @abstractmethod
    def remove(self, now: datetime, keys: list[Any]) -> Iterable[int]:
        """Remove of these rows, at most STEP, what is still past its time; how many at each transaction."""

    def count(self, now: datetime) -> int:
        return self.due(now).count()

    def steps(self, now: datetime) -> Iterable[int]:
        """Remove everything past its time, some at each step; how many that were."""
        last: Any = None
        while keys := self.keys(now, last):
            last = keys[-1]
            yield from self.remove(now, keys)

    def keys(self, now: datetime, last: Any) -> list[Any]:
        """Of at most STEP rows past their time, those behind the key `last`: what could not be removed is not tried twice."""
        rows = self.due(now).order_by("pk")
        return list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", flat=True)[:STEP])


class Rows(Kind):
    """What is small: the rows of a step go in one transaction."""

    @abstractmethod
    def drop(self, rows: QuerySet[Any]) -> int:
        """Remove them all; how many it were."""

    def remove(self, now: datetime, keys: list[Any]) -> Iterable[int]:
        with transaction.atomic():
            # Asked once more, for what was taken back meanwhile.
            dropped = self.drop(self.due(now).filter(pk__in=keys))
            if dropped and self.content:
                files.touched()
        yield dropped


class Conversations(Kind):
    name = "deleted conversations"
    content = True

    def due(self, now: datetime) -> QuerySet[Any]:
        past = now - timedelta(days=settings.CHAT_KEEP_DELETED)
        return erasable().filter(Q(deleted_at__lte=past) | Q(owner__erased_at__isnull=False))

    def remove(self, now: datetime, keys: list[Any]) -> Iterable[int]:
        for key in keys:  # one by one: each may be large
            yield int(erase(key) is not None)


class Upheld(Rows):
    """The text of answers that a reviewer has kept out, and of questions."""

    name = "texts that were upheld"
    content = True

    def due(self, now: datetime) -> QuerySet[Any]:
        return Candidate.objects.filter(turn__status=Status.UPHELD, turn__case__closed_at__lte=_upheld(now))

    def drop(self, rows: QuerySet[Any]) -> int:
        # Not one that was opened again meanwhile: its turn is locked by whoever does that.
        held = Turn.objects.select_for_update(no_key=True).filter(
            pk__in=list(rows.values_list("turn", flat=True))
        )
        upheld = held.filter(status=Status.UPHELD).order_by("pk").values_list("pk", flat=True)
        return rows.filter(turn__in=list(upheld)).delete()[0]


class Withdrawn(Rows):
    """The text of answers that were part of a conversation and were taken out of it, and what a repair quotes of them."""

    name = "texts that were withdrawn"
    content = True

    def due(self, now: datetime) -> QuerySet[Any]:
        # From cases to messages: all messages, or all turns, are a lot to look through.
        closed = Case.objects.filter(lane=Case.Lane.CLOSED, closed_at__lte=_upheld(now))
        withdrawn = closed.filter(turn__status=Status.WITHDRAWN).values("turn")
        repairs = Turn.objects.filter(kind=TurnKind.REPAIR, parent__in=withdrawn)
        itself = Q(role=Role.ASSISTANT, turn__in=withdrawn)
        return Message.objects.filter(itself | Q(role=Role.USER, turn__in=repairs), erased_at=None)

    def drop(self, rows: QuerySet[Any]) -> int:
        return rows.update(body="", salt="", erased_at=timezone.now())


class Suggestions(Rows):
    """Texts that reviewers suggested to a policy, out of a case, and that nobody has settled: kept no longer than the case's."""

    name = "suggested texts that nobody settled"
    content = True

    def due(self, now: datetime) -> QuerySet[Any]:
        past = now - timedelta(days=settings.CHAT_KEEP_UPHELD)
        over = Q(at__lte=past) | Q(case__turn__conversation__erased_at__isnull=False)
        return Suggestion.objects.filter(over, state=Suggestion.State.OPEN)

    def drop(self, rows: QuerySet[Any]) -> int:
        return Suggestion.objects.filter(pk__in=rows.values("pk")).drop()


class Afterwards(Rows):
    """Words about a conversation that were written after it was erased: a decision is possible still, and needs a reason."""

    content = True

    def __init__(self, name: str, rows: type[Model], conversation: str, words: str) -> None:
        """`conversation` and `words`: where in `rows` they are."""
        self.name = name
        self._rows, self._erased, self._words = rows, f"{conversation}__erased_at__isnull", words

    def due(self, now: datetime) -> QuerySet[Any]:
        rows = self._rows._default_manager.filter(**{self._erased: False})
        return rows.exclude(**{self._words: ""})

    def drop(self, rows: QuerySet[Any]) -> int:
        return rows.update(**{self._words: ""})


class Sessions(Rows):
    """They are over: nobody is signed in by them."""

    name = "sessions that are over"

    def due(self, now: datetime) -> QuerySet[Any]:
        return Session.objects.filter(expire_date__lte=now)

    def drop(self, rows: QuerySet[Any]) -> int:
        return rows.delete()[0]


class Failures(Rows):
    """They no longer count (chat/people/throttle.py)."""

    name = "failed sign-ins that no longer count"

    def due(self, now: datetime) -> QuerySet[Any]:
        return LoginFailure.objects.filter(at__lte=now - LoginFailure.WINDOW)

    def drop(self, rows: QuerySet[Any]) -> int:
        return rows.delete()[0]


class Invitations(Rows):
    """Used, revoked or expired; with their notes, in which there may be names."""

    name = "invitations that are over"

    def due(self, now: datetime) -> QuerySet[Any]:
        past = now - timedelta(days=settings.CHAT_KEEP_INVITATIONS)
        return Invitation.objects.filter(
            Q(used_at__lte=past) | Q(revoked_at__lte=past) | Q(expires_at__lte=past)
        )

    def drop(self, rows: QuerySet[Any]) -> int:
        return rows.delete()[0]


class Details(Rows):
    """What a checker said in its own words when something went wrong; what it decided stays."""

    name = "details of checks"

    def due(self, now: datetime) -> QuerySet[Any]:
        past = now - timedelta(days=settings.CHAT_KEEP_CHECK_DETAILS)
        return CheckResult.objects.filter(created_at__lte=past).exclude(detail="")

    def keys(self, now: datetime, last: Any) -> list[Any]:
        """In the order of their index. What a step is given is emptied by it, so the next ones are always the first."""
        return list(self.due(now).order_by("created_at").values_list("pk", flat=True)[:STEP])

    def drop(self, rows: QuerySet[Any]) -> int:
        return rows.update(detail="")


KINDS: list[Kind] = [
    Conversations(), Upheld(), Withdrawn(), Suggestions(),
    Afterwards("reasons of decisions about what was erased", Decision, "turn__conversation", "reason"),
    Afterwards("words of reviewers about what was erased", CaseEntry, "case__turn__conversation", "words"),
    Afterwards("reasons to open what was erased", Transcript, "conversation", "reason"),
    Sessions(), Failures(), Invitations(), Details(),
]  # fmt: skip


def _upheld(now: datetime) -> datetime:
    """Decided before this, a text is past its time; one of which the decision can still be taken back never is."""
    return now - max(timedelta(days=settings.CHAT_KEEP_UPHELD), turns.UNDO)
