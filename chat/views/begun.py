"""The HTML of a turn that has just begun, as `chat/_turn_created.html` draws it.

Of most turns it is the same but for five values. So the template is drawn once with marks in their places, and of each
such turn only those are put in: 0.1 ms, where drawing all of it takes 0.8 while somebody waits for the first text.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.middleware.csrf import CSRF_TOKEN_LENGTH, get_token
from django.template.loader import render_to_string
from django.utils.html import escape

from .presenters import TurnView

TEMPLATE = "chat/_turn_created.html"
MOST = 32  # frames, which is more than there are modes, shapes and assistants' words for a running turn

# Ids, so that they have addresses too; random, so that nobody's text holds one.
_TURN, _PARENT, _CONVERSATION, _NEXT, _QUESTION, _TOKEN = (uuid4() for _ in range(6))
_MARKS = re.compile(
    "|".join(f"({mark})" for mark in (_TURN, _PARENT, _CONVERSATION, _NEXT, _QUESTION, _TOKEN))
)
# Views of turns, with marks, and what is drawn of them: pieces of text, and between each two the number of a value.
_frames: list[tuple[TurnView, Sequence[str | int]]] = []


def begun(request: HttpRequest, view: TurnView, conversation: UUID) -> str | None:
    """Of a turn that is its conversation's leaf, runs, and has no siblings; None where that is not so."""
    if not view.running or view.count > 1:
        return None
    marked = dataclasses.replace(
        view,
        id=_TURN,
        parent=_PARENT if view.parent else None,
        question=str(_QUESTION) if view.question else "",
    )
    frame = next((frame for known, frame in _frames if known == marked), None)
    if frame is None:
        frame = _drawn(marked)
        _frames.append((marked, frame))
        del _frames[:-MOST]
    values = (
        str(view.id), str(view.parent), str(conversation), str(uuid4()), escape(view.question),
        escape(_token(request)),
    )  # fmt: skip
    return "".join([values[part] if isinstance(part, int) else part for part in frame])


def _token(request: HttpRequest) -> str:
    """The one that this request was let in with, which its page holds already: to mask another takes as long as a statement.
    But not the secret itself, which scripts may send.
    """
    sent = request.POST.get("csrfmiddlewaretoken", "")
    return sent if len(sent) == CSRF_TOKEN_LENGTH else get_token(request)


def context(view: TurnView, conversation: UUID, new_turn: UUID) -> dict[str, Any]:
    """What the template needs of a turn that is its conversation's leaf."""
    return {"turn": view, "conversation_id": conversation, "leaf": view.id, "new_turn": new_turn}


def _drawn(marked: TurnView) -> Sequence[str | int]:
    text = render_to_string(TEMPLATE, context(marked, _CONVERSATION, _NEXT) | {"csrf_token": str(_TOKEN)})
    parts: list[str | int] = []
    end = 0
    for found in _MARKS.finditer(text):
        parts += [text[end : found.start()], (found.lastindex or 0) - 1]
        end = found.end()
    return [*parts, text[end:]]
