"""An answer that is a document and does not fit its shape, and the turn below it that asks for it once more."""

from uuid import UUID, uuid5

from ..models import AssistantVersion, Kind, Message, Role, Turn, bodies

INSTRUCTION = (
    "Your last answer cannot be used: {problem} Write the whole document again, as JSON that fits the schema, "
    "and nothing before or after it."
)


def repair_id(turn_id: UUID) -> UUID:
    """Of the one repair that a turn gets by itself, whoever asks for it and however often."""
    return uuid5(turn_id, str(Kind.REPAIR))


def problem(turn: Turn) -> str | None:
    """What is wrong with the document that is this turn's answer, in a sentence; None where nothing is, or where there
    is no document: no shape was asked for, or the model refused.
    """
    if not turn.shaped:
        return None
    body = Message.objects.filter(turn=turn, role=Role.ASSISTANT, erased_at=None).values_list(
        "body", flat=True
    )
    answer = bodies.channels(body.first() or "")
    if not answer["text"] or answer["refusal"]:
        return None
    from .. import partial_json

    return partial_json.problem(answer["text"], schema_of(turn))


def schema_of(turn: Turn) -> dict | None:
    """The JSON Schema that this turn's answer has to fit."""
    versions = AssistantVersion.objects.filter(pk=turn.assistant_version_id)
    return versions.values_list("schema", flat=True).first()
