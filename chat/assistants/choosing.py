"""Which assistants a person may use, and which one a turn is for."""

from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from .. import turns
from ..models import Assistant, Conversation, User
from ..models.prepared import Select
from . import environment

NONE = "There is no assistant that you may use. Please ask an administrator for one."
DOWN = "the server of its model fails. It is tried again by itself."


def available_to(user: User) -> list[Assistant]:
    """The assistants this person may choose, the default first, each with `current` and its endpoints."""
    rows = list(_chosen_by(user))
    if not any(row.from_environment for row in rows):
        environment.default()
        rows = list(_chosen_by(user))
    return rows


def trouble(assistant: Assistant) -> str:
    """Why an assistant cannot answer just now, none of its endpoints working, after a colon; "" while one does."""
    version = assistant.current
    if version is None:
        return DOWN
    legs = [leg for leg in (version.endpoint, version.fallback) if leg is not None]
    return DOWN if all(leg.failing_since for leg in legs) else ""


def version_for(person: User, new: turns.NewTurn, conversation: Conversation) -> turns.Chosen:
    """What the turn is asked of: of the assistant that the form names, else the conversation's, else the first one.

    Raises turns.Conflict with a sentence where it is not this person's to use.
    """
    environment.follow_once()
    usable = _usable_by(person)
    if not usable:
        environment.default()
        usable = _usable_by(person)
    wanted = new.assistant or conversation.assistant_id
    if wanted is None and usable:
        return usable[0]
    for chosen in usable:
        if chosen.assistant == wanted:
            return chosen
    if wanted is None:
        raise turns.Conflict(NONE)
    name = Assistant.objects.filter(pk=wanted).values_list("name", flat=True).first()
    which = f"The assistant “{name}”" if name and wanted == conversation.assistant_id else "This assistant"
    raise turns.Conflict(f"{which} is no longer available to you. Choose another one and send again.")


def _rows() -> QuerySet[Assistant]:
    rows = Assistant.objects.filter(archived_at=None, current__isnull=False)
    return rows.order_by("position", "pk")


def _open_to(person: Any) -> Q:
    granted = Assistant.groups.through.objects.filter(assistant=OuterRef("pk"))
    return ~Exists(granted) | Exists(granted.filter(group__user=person))


def _chosen_by(user: User) -> QuerySet[Assistant]:
    rows = _rows().select_related("current__endpoint", "current__fallback")
    return rows if user.is_superuser else rows.filter(_open_to(user.pk))


def _values(rows: QuerySet[Assistant]) -> QuerySet[Assistant, tuple]:
    shaped = ExpressionWrapper(Q(current__schema__isnull=False), output_field=BooleanField())
    return rows.annotate(shaped=shaped).values_list("pk", "current_id", "shaped")


_all = Select(lambda slot: _values(_rows()))
_persons = Select(lambda slot: _values(_rows().filter(_open_to(slot("person")))))


def _usable_by(person: User) -> list[turns.Chosen]:
    rows = _all() if person.is_superuser else _persons(person=person.pk)
    return [turns.Chosen(assistant, version, bool(shaped)) for assistant, version, shaped in rows]
