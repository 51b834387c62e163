"""Who may do what. Each rule raises a sentence fit for the person, and has a `can_` twin for templates.

Another person's conversation or turn is Http404, as if it did not exist; a right that is missing is PermissionDenied.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404

from .models import Case, Conversation, Turn, User
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


def check_can_open_desk(user: Any) -> None:
    """The queue, and the record of cases."""
    if not (user.has_perm("chat.review_cases") or user.has_perm("chat.read_cases")):
        raise PermissionDenied("Only reviewers see held answers. Ask an administrator if you should be one.")


def can_open_desk(user: Any) -> bool:
    return _holds(check_can_open_desk, user)


def check_can_review(user: Any) -> None:
    """The texts of cases, and deciding about them."""
    if not user.has_perm("chat.review_cases"):
        raise PermissionDenied("Only reviewers decide. Ask an administrator if you should be one.")


def can_review(user: Any) -> bool:
    return _holds(check_can_review, user)


def check_can_see_case(user: Any, case: Case) -> None:
    check_can_open_desk(user)
    # A process of the version before does not write whose it is.
    owner = case.owner_id or case.turn.conversation.owner_id
    if owner == user.pk:
        raise PermissionDenied("This is about a conversation of your own: somebody else reviews it.")


def check_can_decide(user: Any, case: Case) -> None:
    check_can_review(user)
    check_can_see_case(user, case)
    if case.escalated_at and not user.has_perm("chat.review_escalated"):
        raise PermissionDenied("This case waits for a senior reviewer.")


def can_decide(user: Any, case: Case) -> bool:
    return _holds(check_can_decide, user, case)


def check_is_senior(user: Any) -> None:
    """Escalated cases, and those that somebody else has."""
    check_can_review(user)
    if not user.has_perm("chat.review_escalated"):
        raise PermissionDenied("Only a senior reviewer may do this.")


def is_senior(user: Any) -> bool:
    return _holds(check_is_senior, user)


def check_can_break_glass(user: Any, owner: int | None = None) -> None:
    """Another person's conversation of which nothing was held. `owner`: whose it is, where that is known."""
    if not user.has_perm("chat.break_glass"):
        raise PermissionDenied(
            "Conversations are private. Only a senior reviewer may open one, for a reason."
        )
    if owner is not None and owner == user.pk:
        raise PermissionDenied("This is a conversation of your own. You find it in your list.")


def can_break_glass(user: Any) -> bool:
    return _holds(check_can_break_glass, user)


def check_can_see_numbers(user: Any) -> None:
    if not (user.has_perm("chat.view_numbers") or can_open_desk(user)):
        raise PermissionDenied("Only those who review, set up or audit see these numbers.")


def can_see_numbers(user: Any) -> bool:
    return _holds(check_can_see_numbers, user)


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


def check_can_read_policies(user: Any) -> None:
    """What a version says: for those who set policies up, and those who decide or audit by them."""
    if not (can_manage_policies(user) or can_open_desk(user)):
        raise PermissionDenied("Only administrators set up policies, and reviewers read what they say.")


def can_read_policies(user: Any) -> bool:
    return _holds(check_can_read_policies, user)


def check_can_give_roles(user: Any, person: User) -> None:
    check_can_manage_people(user)
    if person.is_superuser:
        raise PermissionDenied("Who has all rights needs no role.")
    if person.erased_at is not None:
        raise PermissionDenied("This account was erased; invite the person again.")
    if person.pk == user.pk:
        raise PermissionDenied("Nobody gives themselves a role; another administrator can.")


def can_give_roles(user: Any, person: User) -> bool:
    return _holds(check_can_give_roles, user, person)


def check_can_view_audit(user: Any) -> None:
    if not user.has_perm("chat.view_audit"):
        raise PermissionDenied("Only auditors read the audit. Ask an administrator if you should be one.")


def can_view_audit(user: Any) -> bool:
    return _holds(check_can_view_audit, user)


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
    if person.erased_at is not None:
        raise PermissionDenied("This account was erased; invite the person again.")
    if person.is_superuser and not user.is_superuser:
        raise PermissionDenied("Only an administrator with all rights can activate another one.")


def can_activate(user: Any, person: User) -> bool:
    return _holds(check_can_activate, user, person)


def check_can_erase(user: Any, person: User) -> None:
    check_can_manage_people(user)
    if person.is_active:
        raise PermissionDenied("Only a closed account can be erased; deactivate it first.")
    if person.is_superuser and not user.is_superuser:
        raise PermissionDenied("Only an administrator with all rights can erase another one.")


def can_erase(user: Any, person: User) -> bool:
    return person.erased_at is None and _holds(check_can_erase, user, person)


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
