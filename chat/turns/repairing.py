"""An answer that is a document and does not fit its shape, and the turn below it that asks for it once more."""

from typing import Any
from uuid import UUID, uuid5

from .. import partial_json
from ..models import Kind, Message, Role, Turn, bodies

AGAIN = "Write the whole document again, as JSON that fits the schema, and nothing before or after it."
INSTRUCTION = "Your last answer cannot be used: {problem} " + AGAIN


def repair_id(turn_id: UUID) -> UUID:
    """Of the one repair that a turn gets by itself, whoever asks for it and however often."""
    return uuid5(turn_id, str(Kind.REPAIR))


def document(turn: Turn) -> str | None:
    """The text of the document that is this turn's answer. None where there is none: no shape was asked for, nothing was
    kept, or the model refused.
    """
    if not turn.shaped:
        return None
    rows = Message.objects.filter(turn=turn, role=Role.ASSISTANT, erased_at=None)
    return _document_in(rows.values_list("body", flat=True).first() or "")


def problem(turn: Turn) -> str | None:
    """What is wrong with this turn's document, in a sentence; None where nothing is, or where there is no document."""
    text = document(turn)
    return None if text is None else partial_json.problem(text, schema_of(turn))


def problem_in(body: str, schema: dict[str, Any] | None) -> str | None:
    """The same of a body that is no message yet. Touches no database; a long document takes tenths of a second."""
    text = _document_in(body)
    return None if text is None else partial_json.problem(text, schema)


def schema_of(turn: Turn) -> dict[str, Any] | None:
    """The JSON Schema that this turn's answer has to fit."""
    version = turn.assistant_version
    return version.schema if version is not None else None


def _document_in(body: str) -> str | None:
    answer = bodies.channels(body)
    return None if answer["refusal"] else answer["text"] or None
