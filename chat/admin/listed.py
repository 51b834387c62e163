"""Rows to look at and never to change."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


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
