"""Roles: what people may do, as groups with permissions. Made after each `migrate`; a person has any number of them."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission


@dataclass(frozen=True, slots=True)
class Role:
    """`name` is the group's, `says` one line for the page where it is given, `rights` codenames of permissions of ours."""

    name: str
    says: str
    rights: tuple[str, ...]


ROLES = (
    Role(
        "Reviewer",
        "Decides about held and reported answers.",
        ("review_cases", "view_numbers"),
    ),
    Role(
        "Senior reviewer",
        "Decides what others escalate, takes cases over, and may open a conversation for a written reason.",
        ("review_cases", "review_escalated", "break_glass", "view_numbers"),
    ),
    Role(
        "Policy editor",
        "Says what is checked, and for whom.",
        ("manage_policies", "view_numbers"),
    ),
    Role(
        "Administrator",
        "Lets people in, gives roles, sets up models, assistants and policies. Reads no conversation.",
        ("manage_people", "manage_assistants", "manage_policies", "view_numbers"),
    ),
    Role(
        "Auditor",
        "Reads the audit and the record of cases, without their texts. Changes nothing.",
        ("read_cases", "view_numbers", "view_audit"),
    ),
)
NAMES = tuple(role.name for role in ROLES)


def install() -> None:
    """Each role with exactly its rights. Rights that do not exist yet (a migration that stops half-way) are left out."""
    known = {row.codename: row for row in Permission.objects.filter(content_type__app_label="chat")}
    for role in ROLES:
        group, _ = Group.objects.get_or_create(name=role.name)
        wanted = {known[name] for name in role.rights if name in known}
        if wanted != set(group.permissions.all()):
            group.permissions.set(wanted)
