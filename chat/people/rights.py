"""What somebody may do, for the record of what was changed about it."""

from typing import Any

from django.contrib.auth.models import Group

from .. import audit
from ..models import User

Rights = dict[str, Any]


def rights_of(person: User) -> Rights:
    """As the database has them, whatever this instance was told since."""
    stored = User.objects.get(pk=person.pk)
    return {
        "administrator": stored.is_superuser,
        "staff": stored.is_staff,
        "groups": sorted(stored.groups.values_list("name", flat=True)),
        "permissions": sorted(stored.user_permissions.values_list("codename", flat=True)),
    }


def rights_in(group: Group) -> Rights:
    """The group's name and permissions; nothing while it is not stored."""
    stored = Group.objects.filter(pk=group.pk).first()
    if stored is None:
        return {"name": "", "permissions": []}
    return {"name": stored.name, "permissions": sorted(stored.permissions.values_list("codename", flat=True))}


def record_rights(actor: Any, person: User, before: Rights, changed: list[str]) -> None:
    """`changed`: the fields that were edited, of which a name or an address is not repeated."""
    audit.record(actor, "person.admin", person.pk, changed=changed, **_difference(before, rights_of(person)))


def record_group(actor: Any, action: str, group: Group, before: Rights) -> None:
    """`action`: created or changed."""
    after = rights_in(group)
    audit.record(actor, f"group.{action}", group.pk, **{"name": after["name"], **_difference(before, after)})


def record_group_deleted(actor: Any, key: int, before: Rights, members: int) -> None:
    audit.record(actor, "group.deleted", key, **before, members=members)


def _difference(before: Rights, after: Rights) -> Rights:
    """What is another than before: of a list what was added and removed, else what it is now."""
    found: Rights = {}
    for name, now in after.items():
        was = before[name]
        if isinstance(now, list):
            added, removed = sorted(set(now) - set(was)), sorted(set(was) - set(now))
            if added or removed:
                found[name] = {"added": added, "removed": removed}
        elif now != was:
            found[name] = now
    return found
