"""Conversations, turns and what was judged of them, and the audit: rows without words."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

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
    shown = ("at", "actor", "action", "subject", "data")
    list_filter = ("action",)
    list_select_related = ("actor",)
