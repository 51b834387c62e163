"""People and groups: rights and names, and who changed which on record. Only who has all rights gives any here; roles are
given on the people page.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from .. import audit, people, permissions
from ..models import User
from ..models.roles import NAMES as ROLES


class RightsForm(UserChangeForm):
    def clean_is_superuser(self) -> bool:
        wanted = self.cleaned_data["is_superuser"]
        if not wanted and permissions.is_last_administrator(User.objects.get(pk=self.instance.pk)):
            raise ValidationError("This is the last administrator; give another person all rights first.")
        return wanted


class PasswordOfAnotherForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        person = super().save(commit)
        people.end_sessions(person.pk)
        return person


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Rights and names. Only who has all rights may give some: otherwise anybody here could give himself all."""

    form = RightsForm
    change_password_form = PasswordOfAnotherForm
    actions = None
    fieldsets = (
        (None, {"fields": ("username", "first_name", "email", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("is_active", "last_login", "date_joined")
    list_display = ("username", "first_name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("groups", "is_active", "is_staff", "is_superuser")
    search_fields = ("username", "first_name", "last_name", "email")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.before = people.rights_of(obj), sorted(form.changed_data)
        super().save_model(request, obj, form, change)
        people.notify_person_changed(obj.pk)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The last that either page does before its answer."""
        entry = super().log_change(request, obj, message)
        if hasattr(obj, "before"):
            people.record_rights(request.user, obj, *obj.before)
        else:
            audit.record(request.user, "person.password", obj.pk)
        return entry


class RightsOfGroupAdmin(GroupAdmin):
    """Teams are made here. The groups of roles are the program's: each `migrate` gives them back what they have."""

    actions = None  # several deleted at once would be no entries of the audit

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.before = people.rights_in(obj)
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        entry = super().log_addition(request, obj, message)
        people.record_group(request.user, "created", obj, obj.before)
        return entry

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        entry = super().log_change(request, obj, message)
        people.record_group(request.user, "changed", obj, obj.before)
        return entry

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        key, before, members = obj.pk, people.rights_in(obj), obj.user_set.count()
        super().delete_model(request, obj)
        people.record_group_deleted(request.user, key, before, members)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser and not _is_role(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not of one that something is for: without it an assistant would be for everybody, and a policy for nobody."""
        return request.user.is_superuser and not _is_role(obj) and not _uses(obj)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if used := _uses(kwargs.get("obj")):
            messages.info(request, f"This group cannot be deleted while {used} for it.")
        return super().render_change_form(request, context, *args, **kwargs)


def _uses(group: Any) -> str:
    """What is for this group in particular, as a clause; empty for nothing, and for no group."""
    if group is None:
        return ""
    names = [f"the assistant {row.name}" for row in group.assistants.order_by("name")]
    names += [f"the policy {row.name}" for row in group.policies.order_by("name")]
    return f"{', '.join(names)} {'are' if len(names) > 1 else 'is'}" if names else ""


def _is_role(group: Any) -> bool:
    return group is not None and group.name in ROLES


admin.site.unregister(Group)
admin.site.register(Group, RightsOfGroupAdmin)
