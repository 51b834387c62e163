"""Conversations, turns and what was judged of them, and the audit: rows without words."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from .. import audit, permissions
from ..models import AuditEntry, Conversation, Turn, Verdict
from .listed import Listed


@admin.register(Conversation)
class ConversationAdmin(Listed):
    shown = ("id", "owner", "created_at", "active_at", "deleted_at", "erased_at", "transcript")
    list_filter = ("deleted_at",)
    list_select_related = ("owner",)
    search_fields = ("owner__username",)
    date_hierarchy = "active_at"

    @admin.display(description="Transcript")
    def transcript(self, row: Conversation) -> str:
        """The way to its words: by a right, a reason and a time, each look on record."""
        place = reverse("break-glass", args=[row.pk])
        return format_html('<a href="{}">Open it for a reason …</a>', place)


@admin.register(Turn)
class TurnAdmin(Listed):
    shown = (
        "id", "conversation", "kind", "status", "finish", "hold_kind", "attempt", "policy", "created_at", "ended_at",
    )  # fmt: skip
    list_filter = ("status", "finish", "hold_kind", "kind")
    list_select_related = ("conversation", "policy")
    search_fields = ("conversation__owner__username", "case__reference")
    date_hierarchy = "created_at"


@admin.register(Verdict)
class VerdictAdmin(Listed):
    shown = ("turn", "round", "outcome", "required", "policy", "digest", "created_at")
    list_filter = ("outcome",)


@admin.register(AuditEntry)
class AuditEntryAdmin(Listed):
    """As the page under /audit/: for who may read the audit, and each look is an entry of it."""

    shown = ("seq", "at", "actor", "action", "subject", "data", "previous", "mac", "key")
    list_filter = ("action",)
    list_select_related = ("actor",)
    ordering = ("-id",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return self.shown[:6]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return permissions.can_view_audit(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return permissions.can_view_audit(request.user)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._looked(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> Any:
        if object_id and request.method != "POST":
            self._looked(request, object_id)
        return super().changeform_view(request, object_id, *args, **kwargs)

    @staticmethod
    def _looked(request: HttpRequest, which: str = "") -> None:
        if permissions.can_view_audit(request.user):
            audit.record(request.user, "audit.view", row=which, where="admin")
