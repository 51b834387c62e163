"""Who may do what. Each rule raises a sentence fit for the person, and has a `can_` twin for templates.

Another person's conversation or turn is Http404, as if it did not exist; a right that is missing is PermissionDenied.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from .models import Conversation, Turn, User
from .models.prepared import Select

_turn = Select(
    lambda slot: Turn.objects.select_related("conversation", "case").filter(
        pk=slot("id"),
        conversation__owner=slot("owner"),
        conversation__deleted_at=None,
        conversation__erased_at=None,
    )
)


def conversation_for(user: Any, conversation_id: UUID, *, deleted: bool = False) -> Conversation:
    """The person's own conversation, or Http404. `deleted` finds one that waits for its erasure instead."""
    found = Conversation.objects.filter(
        pk=conversation_id, owner_id=_id(user), deleted_at__isnull=not deleted, erased_at__isnull=True
    ).first()
    if found is None:
        raise Http404("There is no such conversation.")
    return found


def turn_for(user: Any, turn_id: UUID) -> Turn:
    """A turn of one of the person's own conversations (its conversation and case loaded with it), or Http404."""
    found = _turn.first(id=turn_id, owner=_id(user))
    if found is None:
        raise Http404("There is no such answer.")
    return found


def check_can_review(user: Any) -> None:
    if not user.has_perm("chat.review_cases"):
        raise PermissionDenied("Only reviewers see held answers. Ask an administrator if you should be one.")


def can_review(user: Any) -> bool:
    return _holds(check_can_review, user)


def check_can_manage_people(user: Any) -> None:
    if not user.has_perm("chat.manage_people"):
        raise PermissionDenied("Only administrators see this page. Ask one to invite or deactivate someone.")


def can_manage_people(user: Any) -> bool:
    return _holds(check_can_manage_people, user)


def check_can_manage_assistants(user: Any) -> None:
    if not user.has_perm("chat.manage_assistants"):
        raise PermissionDenied("Only administrators set up assistants. Ask one if you need another.")


def can_manage_assistants(user: Any) -> bool:
    return _holds(check_can_manage_assistants, user)


def check_can_manage_policies(user: Any) -> None:
    if not user.has_perm("chat.manage_policies"):
        raise PermissionDenied(
            "Only administrators set up policies. Ask one if something should be checked otherwise."
        )


def can_manage_policies(user: Any) -> bool:
    return _holds(check_can_manage_policies, user)


def check_can_deactivate(user: Any, person: User) -> None:
    check_can_manage_people(user)
    if person.pk == user.pk:
        raise PermissionDenied("You cannot deactivate yourself; another administrator can.")
    if person.is_superuser and not user.is_superuser:
        raise PermissionDenied("Only an administrator with all rights can deactivate another one.")
    if is_last_administrator(person):
        raise PermissionDenied("This is the last administrator; without one nobody could be let in.")


def can_deactivate(user: Any, person: User) -> bool:
    return _holds(check_can_deactivate, user, person)


def check_can_activate(user: Any, person: User) -> None:
    check_can_manage_people(user)
    if person.is_superuser and not user.is_superuser:
        raise PermissionDenied("Only an administrator with all rights can activate another one.")


def can_activate(user: Any, person: User) -> bool:
    return _holds(check_can_activate, user, person)


def is_last_administrator(person: User) -> bool:
    """Whether nobody else who is active has all rights."""
    if not (person.is_superuser and person.is_active):
        return False
    return not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk).exists()


def _id(user: Any) -> int:
    # -1 owns nothing: an anonymous person, or one deactivated since the session began, finds no row.
    return user.pk if user.is_authenticated and user.is_active else -1


def _holds(check: Callable[..., None], *arguments: Any) -> bool:
    try:
        check(*arguments)
    except PermissionDenied:
        return False
    return True
