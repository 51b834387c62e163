"""Words of reviewers about a conversation, and of its person's reports, are emptied with it; the rows stay."""

from uuid import UUID

from ..models import CaseEntry, Transcript


def forget(conversation_id: UUID, turn_ids: list[UUID]) -> None:
    """In the transaction that has marked the conversation as erased: before that the database refuses it."""
    CaseEntry.objects.filter(case__turn__in=turn_ids).exclude(words="").update(words="")
    Transcript.objects.filter(conversation=conversation_id).exclude(reason="").update(reason="")
