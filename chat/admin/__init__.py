"""Django's admin for the person who runs Sluice. It shows who, when and what state, never what anybody wrote; to read a
conversation it leads to the page that asks for a reason.

Rows the database guards cannot be added, changed or deleted here. People are invited, closed and opened on the
people page, which ends sessions and streams; the admin gives them rights.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from . import people, records, reviews, setting_up  # noqa: F401  registers what they have

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
