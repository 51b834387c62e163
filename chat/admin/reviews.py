"""Cases, and what was done with them: rows without words."""

from django.contrib import admin
from django.http import HttpRequest

from ..models import Case, CaseEntry, Decision, Suggestion, Transcript
from .listed import Listed


@admin.register(Case)
class CaseAdmin(Listed):
    shown = (
        "reference", "about", "kind", "severity", "category", "state", "owner", "assistant", "shown", "length", "claimed_by",
        "version", "turn", "opened_at", "escalated_at", "closed_at",
    )  # fmt: skip
    list_filter = ("state", "kind", "about", "severity", "category", "lane")
    list_select_related = ("owner", "assistant", "claimed_by")
    search_fields = ("reference", "owner__username")
    date_hierarchy = "opened_at"

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return (
            "reference",
            "about",
            "kind",
            "severity",
            "category",
            "state",
            "owner",
            "opened_at",
            "closed_at",
        )


@admin.register(CaseEntry)
class CaseEntryAdmin(Listed):
    # Without the words, for the same reason as a decision's.
    shown = ("case_reference", "kind", "by", "detail", "at")
    list_filter = ("kind",)
    list_select_related = ("case", "by")
    search_fields = ("case__reference", "by__username")

    @admin.display(description="Case")
    def case_reference(self, row: CaseEntry) -> str:
        return row.case.reference


@admin.register(Transcript)
class TranscriptAdmin(Listed):
    shown = ("by", "conversation", "opened_at", "until", "closed_at")
    list_select_related = ("by", "conversation")
    search_fields = ("by__username", "conversation__owner__username")
    date_hierarchy = "opened_at"


@admin.register(Suggestion)
class SuggestionAdmin(Listed):
    shown = ("policy", "where", "name", "expected", "by", "at", "state", "settled_by", "settled_at")
    list_filter = ("state", "where", "policy")
    list_select_related = ("policy", "by", "settled_by")


@admin.register(Decision)
class DecisionAdmin(Listed):
    # Without the reason: a reviewer may have quoted the answer.
    shown = ("case_reference", "reviewer", "action", "category", "digest", "created_at")
    list_filter = ("action", "category")
    list_select_related = ("case", "reviewer")
    search_fields = ("case__reference", "reviewer__username")
    date_hierarchy = "created_at"

    @admin.display(description="Case")
    def case_reference(self, row: Decision) -> str:
        return row.case.reference
