"""Policies, endpoints, assistants and invitations: to look at here, changed on their own pages."""

from django.contrib import admin
from django.http import HttpRequest

from ..models import (
    Assistant,
    AssistantVersion,
    Bypass,
    Endpoint,
    Invitation,
    Policy,
    PolicyChange,
    PolicyVersion,
)
from .listed import Listed


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
    list_filter = ("everyone", "archived_at")
    list_select_related = ("active", "shadow")
    search_fields = ("name",)


@admin.register(PolicyChange)
class PolicyChangeAdmin(Listed):
    shown = ("policy", "version", "action", "by", "at", "reason")
    list_filter = ("policy", "action")
    list_select_related = ("policy", "version", "by")
    search_fields = ("policy__name", "by__username")
    date_hierarchy = "at"


@admin.register(Bypass)
class BypassAdmin(Listed):
    shown = ("reason", "by", "started_at", "until", "ended_at", "ended_by")
    list_select_related = ("by", "ended_by")


@admin.register(Invitation)
class InvitationAdmin(Listed):
    shown = ("id", "note", "created_by", "created_at", "expires_at", "used_at", "used_by", "revoked_at")
    list_filter = ("used_at", "revoked_at")
    list_select_related = ("created_by", "used_by")
    search_fields = ("note", "created_by__username", "used_by__username")


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
    search_fields = ("name", "url")


@admin.register(Assistant)
class AssistantAdmin(Listed):
    shown = ("name", "position", "from_environment", "created_at", "archived_at")
    list_filter = ("archived_at",)
    search_fields = ("name",)


@admin.register(AssistantVersion)
class AssistantVersionAdmin(Listed):
    shown = ("assistant", "number", "author", "created_at", "endpoint", "model", "fallback", "fallback_model")
    list_filter = ("assistant",)
    list_select_related = ("assistant", "author", "endpoint", "fallback")
