"""Rows to look at and never to change."""

import re
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

# What the links of a list's dates ask for. Django errs where a year has none before or behind it.
_DATES = {"year": r"[12][0-9]{3}", "month": r"[0-9]{1,2}", "day": r"[0-9]{1,2}"}


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
        field, _, part = lookup.partition("__")
        if field == self.date_hierarchy and part in _DATES:
            return re.fullmatch(_DATES[part], value) is not None
        return field in self.list_filter and super().lookup_allowed(lookup, value, request)
