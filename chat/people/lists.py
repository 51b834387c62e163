"""What the people page lists."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from .. import permissions
from ..models import Invitation, User
from ..models.roles import NAMES


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list. `why_not` says why the button to open or close the account is not there."""

    person: User
    name: str
    you: bool
    can_deactivate: bool
    can_activate: bool
    can_erase: bool
    why_not: str
    roles: list[str]
    can_give: bool


def everyone(viewer: User) -> list[Person]:
    """All people, those who may sign in first, then by username."""
    found: QuerySet[User] = User.objects.order_by("-is_active", "username").prefetch_related("groups")
    return [_person(viewer, person) for person in found]


def invitations_listed(limit: int = 50) -> list[Invitation]:
    """The newest invitations."""
    rows = Invitation.objects.select_related("created_by", "used_by")
    return list(rows.order_by("-created_at", "-pk")[:limit])


def _person(viewer: User, person: User) -> Person:
    check = permissions.check_can_deactivate if person.is_active else permissions.check_can_activate
    why_not = ""
    try:
        check(viewer, person)
    except PermissionDenied as refusal:
        why_not = str(refusal)
    return Person(
        person=person,
        name=person.name,
        you=person.pk == viewer.pk,
        can_deactivate=person.is_active and not why_not,
        can_activate=not person.is_active and not why_not,
        can_erase=permissions.can_erase(viewer, person),
        why_not=why_not,
        roles=[name for name in NAMES if name in {group.name for group in person.groups.all()}],
        can_give=permissions.can_give_roles(viewer, person),
    )
