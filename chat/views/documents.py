"""Documents as templates see them, and the one that can be downloaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import partial_json, permissions, turns, wire
from ..models import Status
from .guard import sentence, signed_in

_VERDICTS = {
    "incomplete": "Cut off.",
    "malformed": "Malformed.",
    "unfit": "Does not fit its schema.",
}


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document that has ended: `html` draws it, `text` is what was written.

    `state`: complete, incomplete (cut off), malformed, or unfit, which is complete and does not fit its schema. `problem`
    is the sentence that says why it is not complete, "" where it is; `verdict` the words before it. `why` is the sentence
    as safe HTML.
    """

    html: str
    text: str
    state: str
    problem: str
    verdict: str

    @property
    def why(self) -> str:
        return re.sub("`([^`]+)`", r"<code>\1</code>", escape(self.problem))


def document_view(text: str, schema: Mapping[str, Any] | None = None) -> DocumentView:
    written = partial_json.Document(schema)
    written.feed(text)
    written.finish()
    problem = partial_json.problem(text, schema) or ""
    state = "unfit" if problem and written.state == "complete" else written.state
    whole = "Whole, and fits its schema" if schema is not None else "Whole"
    return DocumentView(written.html, text, state, problem, _VERDICTS.get(state, whole))


@dataclass(frozen=True, slots=True)
class CallView:
    """A call of a tool: its heading as safe HTML, and its arguments."""

    heading: str
    document: DocumentView


def call_view(call: Mapping[str, str]) -> CallView:
    """`call`: as a message's body has it."""
    heading, arguments = wire.called(call["name"]), call["arguments"]
    if not arguments.strip():  # how some models call a tool that takes none
        return CallView(heading, DocumentView("", "", "complete", "", "No arguments"))
    return CallView(heading, document_view(arguments))


@never_cache
@signed_in
@require_safe
def document(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    """The document that an answer is, as a file; a sentence where it is not one that may be used."""
    turn = permissions.turn_for(request.user, turn_id)
    text = turns.document(turn)
    if turn.status != Status.SAVED or text is None:
        return sentence("There is no document here: this answer is no saved JSON.", 409)
    if problem := turns.problem(turn):
        return sentence(f"This document cannot be downloaded. {problem}", 409)
    name = slugify(turn.conversation.title)[:60] or "document"
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response
