"""Which assistant a chat page is with, and which others its person may choose."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from .. import assistants, policies
from ..llm.demo import NOTICE, STARTERS
from ..models import Assistant, Conversation, Endpoint, User
from ..policies import words
from .ids import row_id

BESIDE_MODELS = "This is the built-in demo: its answers are written in advance. Choose another assistant for a real model."


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the picker. `trouble` says why it cannot answer just now."""

    pk: int
    name: str
    description: str
    trouble: str
    url: str
    current: bool


def picked(person: User, conversation: Conversation | None, wanted: str | None = None) -> dict[str, Any]:
    """What `_picker.html`, `_empty.html` and the composer need. `wanted` is the assistant that the person has just
    chosen; `chosen` is its id, to be sent with the next message, "" where the conversation's or the first one answers.
    """
    offered = assistants.available_to(person)
    by_id = {each.pk: each for each in offered}
    chosen = by_id.get(row_id(wanted) or 0)
    kept = conversation.assistant_id if conversation else None
    current = chosen or (by_id.get(kept) if kept else next(iter(offered), None))
    gone = kept is not None and kept not in by_id
    place = reverse("conversation", args=[conversation.pk]) if conversation else reverse("chat-home")
    choices = [
        Choice(
            each.pk, each.name, each.description, assistants.trouble(each), f"{place}?assistant={each.pk}",
            each is current,
        )
        for each in offered
    ]  # fmt: skip
    return {
        "picker": choices if gone or len(choices) > 1 else [],
        "assistant": next((choice for choice in choices if choice.current), None),
        "chosen": chosen.pk if chosen else "",
        "lost": gone and current is None,
        "starters": _starters(current),
        "notice": _notice(current, offered),
        "mode_note": words.NOTES[
            policies.for_turn(person, current.pk if current else None).definition["mode"]
        ],
        "connected": not all(map(_demo, offered)),
    }


def _starters(assistant: Assistant | None) -> list[str]:
    if assistant is None or assistant.current is None:
        return []
    return assistant.current.starters or (STARTERS if _demo(assistant) else [])


def _notice(current: Assistant | None, offered: list[Assistant]) -> str:
    if current is None or not _demo(current):
        return ""
    return NOTICE if all(map(_demo, offered)) else BESIDE_MODELS


def _demo(assistant: Assistant) -> bool:
    """Whether the built-in demo answers."""
    version = assistant.current
    return version is not None and version.endpoint.protocol == Endpoint.Protocol.DEMO
