"""The conversation around a case: a few turns before it and after, and no more."""

from dataclasses import dataclass
from uuid import UUID

from .. import partial_json, turns
from ..markdown import render
from ..models import Conversation, Turn

AROUND = 2  # turns shown before and after


@dataclass(slots=True)
class Around:
    """A turn near the case on its branch. `answer_html` is safe, and "" where nothing of it is part of the conversation."""

    question: str
    answer_html: str
    state: str


def before(turn: Turn) -> list[Around]:
    return [read(answer) for answer in turns.branch(turn.conversation, turn.pk, AROUND)[0]]


def after(turn: Turn) -> list[Around]:
    return [read(turns.siblings(later)) for later in _later(turn)]


def read(answer: turns.Answer) -> Around:
    shown = answer.turn.status in turns.SHOWN
    text = (answer.body or {}).get("text", "") if shown else ""
    html = partial_json.render(text, answer.schema) if answer.turn.shaped and text else render(text)
    return Around(answer.question, html, turns.page_state(answer.turn.status))


def _later(turn: Turn) -> list[Turn]:
    """Up to AROUND turns below: along the branch its owner sees, or along the newest where that is another."""
    rows = Turn.objects.filter(conversation_id=turn.conversation_id).order_by("created_at", "pk")
    parents = dict(rows.values_list("pk", "parent_id"))
    chosen: dict[UUID | None, UUID] = {}
    place = Conversation.objects.values_list("leaf_id", flat=True).get(pk=turn.conversation_id)
    while place is not None:
        chosen[parents[place]] = place
        place = parents[place]
    newest = {parent: key for key, parent in parents.items()}
    found: list[UUID] = []
    place = turn.pk
    while len(found) < AROUND and (place := chosen.get(place) or newest.get(place)):
        found.append(place)
    below = Turn.objects.select_related("conversation").in_bulk(found)
    return [below[key] for key in found]
