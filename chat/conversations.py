"""A person's conversations: the list, the title, renaming, deleting and taking it back."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, Max, OuterRef, Q, Value, When
from django.utils import timezone

from . import live, moments, turns
from .models import Conversation, Message, Role, Turn, User, bodies
from .models.prepared import Select, Write

SIDEBAR = 40  # conversations a page of the list shows
SIDEBAR_MOST = 400  # the same, for a list that has been made longer and is drawn again
TITLE = 60  # characters of a title made here
UNTITLED = "New conversation"

Group = tuple[str, list[Conversation]]


def sidebar(person: User, before: str | None = None, count: int = SIDEBAR) -> tuple[list[Group], str | None]:
    """A page of the list, newest first, grouped by the person's own days, and the cursor of the next page.

    Each has a `mark`: "running" while an answer is being written in it, "new" when one has ended, or was decided upon,
    since the person last had it open, else "".
    """
    rows = (
        Conversation.objects.filter(owner=person, deleted_at=None)
        .exclude(leaf=None)
        .annotate(mark=_MARK)
        .order_by("-active_at", "-pk")
    )
    if before and (moment := moments.moment_of(before)):
        rows = rows.filter(active_at__lt=moment)
    count = max(SIDEBAR, min(count, SIDEBAR_MOST))
    found = list(rows[: count + 1])
    more = found[count - 1].active_at.isoformat() if len(found) > count else None
    today = timezone.localdate()
    groups: dict[str, list[Conversation]] = {}
    for conversation in found[:count]:
        groups.setdefault(_day(conversation, today), []).append(conversation)
    return list(groups.items()), more


def see(person: User, conversation_id: UUID) -> None:
    """The person has it open: what has ended in it is no news any more."""
    rows = Conversation.objects.filter(_has(_NEWS), pk=conversation_id, owner=person, deleted_at=None)
    if not rows.exists():
        return
    # Not earlier than that, whatever the clocks of other machines say, or it would be news at each look.
    last = Turn.objects.filter(conversation=conversation_id).aggregate(
        ended=Max("ended_at"), decided=Max("case__closed_at")
    )
    moments = [moment for moment in last.values() if moment]
    if rows.update(seen_at=max([timezone.now(), *moments])):
        live.tell(person.pk, conversation_id, "list")


_bodies = Select(lambda slot: Message.objects.filter(turn=slot("turn")).values_list("role", "body"))
_entitle = Write(
    lambda slot: (
        Conversation.objects.filter(pk=slot("pk"), title="", erased_at=None),
        {"title": slot("title")},
    )
)


def entitle(turn: Turn) -> None:
    """Name a conversation after its first exchange that was saved, unless it has a name."""
    bodies_of = dict(_bodies(turn=turn.pk))
    if Role.ASSISTANT in bodies_of and Role.USER in bodies_of:
        title = title_of(bodies.channels(bodies_of[Role.USER])["text"])
        if _entitle(pk=turn.conversation_id, title=title):
            live.tell(turn.conversation.owner_id, turn.conversation_id, "list")


def title_of(question: str) -> str:
    """The question's first sentence, at most TITLE characters, without Markdown's signs."""
    line = next((line for line in question.splitlines() if re.search(r"\w", line)), question)
    line = re.sub(r"\s+", " ", re.sub(r"[`*_#>\[\]]+", "", line)).strip()
    sentence = re.split(r"(?<=[.!?。！？])\s", line, maxsplit=1)[0]
    if len(sentence) > TITLE:
        cut = sentence[: TITLE - 1]
        sentence = (cut.rpartition(" ")[0] if " " in cut[TITLE // 2 :] else cut).rstrip(" ,;:–-") + "…"
    return sentence or UNTITLED


def rename(conversation: Conversation, title: str) -> bool:
    """False where it has been deleted meanwhile: a title would outlive its words."""
    if not Conversation.objects.filter(pk=conversation.pk, deleted_at=None).update(title=title):
        return False
    live.tell(conversation.owner_id, conversation.pk, "list")
    return True


def delete(conversation: Conversation) -> list[UUID]:
    """Hide it and ask its running turns to stop; their ids, for waking whoever writes them."""
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
    live.tell(conversation.owner_id, conversation.pk, "turns")
    return turns.stop_all(conversation.owner_id, conversation.pk)


def restore(person: User, conversation_id: UUID) -> bool:
    """Undo a deletion whose content has not been erased."""
    rows = Conversation.objects.filter(pk=conversation_id, owner=person, erased_at=None)
    if rows.exclude(deleted_at=None).update(deleted_at=None) != 1:
        return False
    live.tell(person.pk, conversation_id, "turns")
    return True


# Of a turn of the conversation that is asked about: it ended, or was decided upon, since its person looked.
_NEWS = Q(ended_at__gt=OuterRef("seen_at")) | Q(case__closed_at__gt=OuterRef("seen_at"))


def _has(*conditions: Q, **fields: Any) -> Exists:
    return Exists(Turn.objects.filter(*conditions, conversation=OuterRef("pk"), **fields))


_MARK = Case(
    When(_has(status__in=turns.RUNNING), then=Value("running")),
    When(_has(_NEWS), then=Value("new")),
    default=Value(""),
)


def _day(conversation: Conversation, today: date) -> str:
    day = timezone.localtime(conversation.active_at).date()
    if day >= today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    if day > today - timedelta(days=7):
        return "Previous 7 days"
    if day > today - timedelta(days=30):
        return "Previous 30 days"
    return f"{day:%B %Y}"
