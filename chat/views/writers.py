"""Who wrote an answer, where that is not who answers in its conversation now."""

from collections.abc import Iterable

from ..models import AssistantVersion, Conversation, Turn

# The assistant of each version, which it never changes.
_assistants: dict[int, int] = {}


def writers(conversation: Conversation, found: Iterable[Turn]) -> dict[int, str]:
    """By the versions of `found`, the names of their assistants, without the one that answers now.

    Asks the database only about versions that this process has not met, and where there is a name to tell.
    """
    now = conversation.assistant_id
    versions = {turn.assistant_version_id for turn in found if turn.assistant_version_id is not None}
    if unknown := versions - _assistants.keys():
        rows = AssistantVersion.objects.filter(pk__in=unknown)
        _assistants.update(rows.values_list("pk", "assistant_id"))
    others = [version for version in versions if _assistants.get(version) != now]
    if not others:
        return {}
    told = AssistantVersion.objects.filter(pk__in=others).exclude(assistant=now)
    return dict(told.values_list("pk", "assistant__name"))
