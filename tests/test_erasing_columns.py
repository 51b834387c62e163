"""Whatever column can hold somebody's words is one that an erasure empties, or one of which it is known why it does not."""

from django.apps import apps
from django.db import models

# Emptied with their conversation, or gone with it: chat/retention/erasing.py, and what stands in ON_ERASE.
EMPTIED = {
    "Conversation.title", "Message.body", "Candidate.body", "Turn.sentence", "Turn.provider_text", "Turn.usage",
    "CheckResult.detail", "Decision.reason", "CaseEntry.words", "Suggestion.text", "Transcript.reason",
}  # fmt: skip
# With the account.
NAMES = {
    "User.username",
    "User.first_name",
    "User.last_name",
    "User.email",
    "User.password",
    "Invitation.note",
}
# Places, ids, and names of rules: by what they are written from they hold no words of a conversation.
WITHOUT_WORDS = {
    "AuditEntry.subject", "AuditEntry.data", "CheckResult.findings", "ReplayFlip.findings", "ShadowResult.findings",
    "Replay.turns", "CaseEntry.detail", "CaseReason.rule", "CaseReason.reason", "Suggestion.name",
}  # fmt: skip
# What people with rights set up, which is about no conversation.
SET_UP = {
    "Assistant.name", "Assistant.description", "AssistantVersion.model", "AssistantVersion.fallback_model",
    "AssistantVersion.instructions", "AssistantVersion.parameters", "AssistantVersion.starters", "AssistantVersion.schema",
    "Endpoint.name", "Endpoint.url", "Endpoint.key_variable", "Endpoint.key_sealed", "Endpoint.model", "Endpoint.failure",
    "CheckerState.item", "CheckerState.failure", "Policy.name", "Policy.description", "PolicyVersion.note",
    "PolicyVersion.definition", "PolicyChange.reason", "Bypass.reason",
}  # fmt: skip


def can_hold_words(field: models.Field) -> bool:
    if isinstance(field, models.CharField):
        return not field.choices and (field.max_length or 0) > 64  # a digest has 64
    return isinstance(field, (models.TextField, models.JSONField))


def test_every_column_that_can_hold_words_is_among_these() -> None:
    """One that is new here: empty it when its conversation is erased, and name it above."""
    found = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("chat").get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if can_hold_words(field)
    }
    assert found == EMPTIED | NAMES | WITHOUT_WORDS | SET_UP
