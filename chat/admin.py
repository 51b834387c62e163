"""Django's admin for the person who runs Sluice. It shows who, when and what state, never what anybody wrote.

Rows the database guards cannot be added, changed or deleted here. People are invited, closed and opened on the
people page, which ends sessions and streams; the admin gives them rights.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from . import audit, people, permissions
from .models import (
    Assistant,
    AssistantVersion,
    AuditEntry,
    Bypass,
    Case,
    Conversation,
    Decision,
    Endpoint,
    Invitation,
    Policy,
    PolicyChange,
    PolicyVersion,
    Turn,
    User,
    Verdict,
)

admin.site.site_header = "Sluice administration"
admin.site.site_title = "Sluice"


def _sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    # The admin's own sign-in page would be a door beside the throttled one.
    if request.user.is_authenticated:
        raise PermissionDenied("Only administrators may enter here.")
    return redirect_to_login(request.GET.get("next") or resolve_url("admin:index"))


def _own_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return redirect("account")


admin.site.login = _sign_in  # type: ignore[method-assign]
admin.site.password_change = _own_password  # type: ignore[method-assign, assignment]


class Listed(admin.ModelAdmin):
    """Rows to look at. `shown` is everything it ever shows, so a new field stays hidden until somebody names it."""

    shown: tuple[str, ...] = ()
    actions = None

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return self.shown

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.shown

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # Django lets ?title__startswith=a through for any own column, which tells a title letter by letter.
        return lookup.split("__")[0] in self.list_filter and super().lookup_allowed(lookup, value, request)


@admin.register(Conversation)
class ConversationAdmin(Listed):
    shown = ("id", "owner", "created_at", "active_at", "deleted_at", "erased_at")
    list_filter = ("deleted_at",)
    list_select_related = ("owner",)


@admin.register(Turn)
class TurnAdmin(Listed):
    shown = (
        "id", "conversation", "kind", "status", "finish", "hold_kind", "attempt", "policy", "created_at", "ended_at",
    )  # fmt: skip
    list_filter = ("status", "finish", "hold_kind", "kind")


@admin.register(Verdict)
class VerdictAdmin(Listed):
    shown = ("turn", "round", "outcome", "required", "policy", "digest", "created_at")
    list_filter = ("outcome",)


@admin.register(Case)
class CaseAdmin(Listed):
    shown = ("reference", "kind", "state", "version", "turn", "opened_at", "closed_at")
    list_filter = ("state", "kind")


@admin.register(Decision)
class DecisionAdmin(Listed):
    # Without the reason: a reviewer may have quoted the answer.
    shown = ("case", "reviewer", "action", "digest", "created_at")
    list_filter = ("action",)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(Listed):
    shown = ("id", "policy", "number", "author", "note", "definition_hash", "definition", "created_at")
    list_filter = ("policy",)
    list_select_related = ("policy", "author")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id", "policy", "number", "author", "created_at")


@admin.register(Policy)
class PolicyAdmin(Listed):
    # Changed on the pages under /policies/, where each change is tried, reasoned and recorded.
    shown = ("name", "everyone", "from_environment", "active", "shadow", "created_at", "archived_at")
    list_filter = ("archived_at",)


@admin.register(PolicyChange)
class PolicyChangeAdmin(Listed):
    shown = ("policy", "version", "action", "by", "at", "reason")
    list_filter = ("policy", "action")
    list_select_related = ("policy", "version", "by")


@admin.register(Bypass)
class BypassAdmin(Listed):
    shown = ("reason", "by", "started_at", "until", "ended_at", "ended_by")
    list_select_related = ("by", "ended_by")


@admin.register(AuditEntry)
class AuditEntryAdmin(Listed):
    shown = ("at", "actor", "action", "subject", "data")
    list_filter = ("action",)
    list_select_related = ("actor",)


@admin.register(Invitation)
class InvitationAdmin(Listed):
    shown = ("id", "note", "created_by", "created_at", "expires_at", "used_at", "used_by", "revoked_at")


@admin.register(Endpoint)
class EndpointAdmin(Listed):
    # Changed on the assistants' pages; its key is nowhere to be seen.
    shown = (
        "name",
        "protocol",
        "url",
        "from_environment",
        "failing_since",
        "failure",
        "created_at",
        "archived_at",
    )
    list_filter = ("protocol", "archived_at")


@admin.register(Assistant)
class AssistantAdmin(Listed):
    shown = ("name", "position", "from_environment", "created_at", "archived_at")
    list_filter = ("archived_at",)


@admin.register(AssistantVersion)
class AssistantVersionAdmin(Listed):
    shown = ("assistant", "number", "author", "created_at", "endpoint", "model", "fallback", "fallback_model")
    list_filter = ("assistant",)
    list_select_related = ("assistant", "author", "endpoint", "fallback")


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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record(request.user, "person.admin", obj.pk, changed=sorted(form.changed_data))
        people.notify_person_changed(obj.pk)


class RightsOfGroupAdmin(GroupAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


admin.site.unregister(Group)
admin.site.register(Group, RightsOfGroupAdmin)
