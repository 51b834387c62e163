"""A person's conversations: the list, the title, renaming, deleting and taking it back."""

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from . import turns
from .models import Conversation, Message, Role, Turn, User, bodies
from .models.prepared import Select, Write

SIDEBAR = 40  # conversations a page of the list shows
TITLE = 60  # characters of a title made here
UNTITLED = "New conversation"

Group = tuple[str, list[Conversation]]


def sidebar(person: User, before: str | None = None) -> tuple[list[Group], str | None]:
    """A page of the list, newest first, grouped by the person's own days, and the cursor of the next page."""
    rows = (
        Conversation.objects.filter(owner=person, deleted_at=None)
        .exclude(leaf=None)
        .order_by("-active_at", "-pk")
    )
    if before and (moment := _moment(before)):
        rows = rows.filter(active_at__lt=moment)
    found = list(rows[: SIDEBAR + 1])
    more = found[SIDEBAR - 1].active_at.isoformat() if len(found) > SIDEBAR else None
    today = timezone.localdate()
    groups: dict[str, list[Conversation]] = {}
    for conversation in found[:SIDEBAR]:
        groups.setdefault(_day(conversation, today), []).append(conversation)
    return list(groups.items()), more


_bodies = Select(lambda slot: Message.objects.filter(turn=slot("turn")).values_list("role", "body"))
_entitle = Write(
    lambda slot: (Conversation.objects.filter(pk=slot("pk"), title=""), {"title": slot("title")})
)


def entitle(turn: Turn) -> None:
    """Name a conversation after its first exchange that was saved, unless it has a name."""
    bodies_of = dict(_bodies(turn=turn.pk))
    if Role.ASSISTANT in bodies_of and Role.USER in bodies_of:
        title = title_of(bodies.channels(bodies_of[Role.USER])["text"])
        _entitle(pk=turn.conversation_id, title=title)


def title_of(question: str) -> str:
    """The question's first sentence, at most TITLE characters, without Markdown's signs."""
    line = next((line for line in question.splitlines() if re.search(r"\w", line)), question)
    line = re.sub(r"\s+", " ", re.sub(r"[`*_#>\[\]]+", "", line)).strip()
    sentence = re.split(r"(?<=[.!?。！？])\s", line, maxsplit=1)[0]
    if len(sentence) > TITLE:
        cut = sentence[: TITLE - 1]
        sentence = (cut.rpartition(" ")[0] if " " in cut[TITLE // 2 :] else cut).rstrip(" ,;:–-") + "…"
    return sentence or UNTITLED


def rename(conversation: Conversation, title: str) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(title=title)


def delete(conversation: Conversation) -> list[UUID]:
    """Hide it and ask its running turns to stop; their ids, for waking whoever writes them."""
    Conversation.objects.filter(pk=conversation.pk).update(deleted_at=timezone.now())
    return turns.stop_all(conversation.owner_id, conversation.pk)


def restore(person: User, conversation_id: UUID) -> bool:
    """Undo a deletion whose content has not been erased."""
    rows = Conversation.objects.filter(pk=conversation_id, owner=person, erased_at=None)
    return rows.exclude(deleted_at=None).update(deleted_at=None) == 1


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


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
