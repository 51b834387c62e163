"""Which roles people have, and giving and taking them."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction

from .. import audit, permissions
from ..models import User
from ..models.roles import NAMES
from .errors import PeopleError
from .hooks import notify_person_changed


def give_roles(actor: User, person_id: int, names: Iterable[str], seen: Iterable[str] | None = None) -> bool:
    """Have the person hold exactly these roles; their other groups stay. False where they did already. `seen`: the roles that
    they had when that was decided.

    Raises PermissionDenied with a sentence, User.DoesNotExist, and PeopleError for what is no role.
    """
    wanted = set(names)
    if not wanted <= set(NAMES):
        raise PeopleError("There is no such role. Reload the page and choose again.")
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person_id)
        permissions.check_can_give_roles(actor, person)
        had = set(person.groups.filter(name__in=NAMES).values_list("name", flat=True))
        if had == wanted:
            return False
        if seen is not None and had != set(seen):
            raise PeopleError(
                "Meanwhile somebody else has changed these roles. Look at them again, then decide."
            )
        groups = {group.name: group for group in Group.objects.filter(name__in=NAMES)}
        person.groups.remove(*(groups[name] for name in had - wanted))
        person.groups.add(*(groups[name] for name in wanted - had))
        audit.record(actor, "person.roles", person_id, given=sorted(wanted - had), taken=sorted(had - wanted))
        notify_person_changed(person_id)
    return True
