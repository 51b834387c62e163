"""A whole account is erased: what its person wrote and was answered, and what they were called."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from .. import audit, permissions
from ..models import Conversation, Invitation, User
from .erasing import erasable, erase


def erase_account(actor: User, person_id: int) -> int | None:
    """Empty every conversation of a closed account and take its name away; how many conversations. None if it was erased.

    What the person did with rights stays on record under their number. Conversations in which an answer is still being stopped
    are emptied by the next purge. Raises PermissionDenied with a sentence, and User.DoesNotExist.
    """
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person_id)
        permissions.check_can_erase(actor, person)
        if person.erased_at is not None:
            return None
        now = timezone.now()
        conversations = Conversation.objects.filter(owner=person, erased_at=None)
        count = conversations.count()
        conversations.filter(deleted_at=None).update(deleted_at=now)
        _take_name(person)
        User.objects.filter(pk=person_id).update(erased_at=now)
        audit.record(actor, "person.erase", person_id, conversations=count)
    for conversation in erasable().filter(owner=person_id).values_list("pk", flat=True):
        erase(conversation)
    return count


def _take_name(person: User) -> None:
    name = f"erased {person.pk}"  # with a space, which no name that somebody chooses can have
    person.set_unusable_password()
    User.objects.filter(pk=person.pk).update(
        username=name, first_name="", last_name="", email="", password=person.password, last_login=None,
        is_staff=False, is_superuser=False,
    )  # fmt: skip
    person.groups.clear()
    person.user_permissions.clear()
    Invitation.objects.filter(used_by=person).update(note="")
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=str(person.pk)).update(object_repr=name)
