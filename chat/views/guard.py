"""Who is asking: signed in, or told what to do about it in the form they asked in."""

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

SIGNED_OUT = "You have been signed out. Sign in again in another tab, then come back: what you wrote is kept."
SOMEBODY_ELSE = "Somebody else has signed in in this browser. Reload the page to go on as them."


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """As `login_required`, but a script that asks for a part of a page gets a sentence and no sign-in page: 401, or 409 where
    its page is somebody else's. Whoever sent a form comes back to the page that it is on.
    """
    behind_login = login_required(view)

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        known = request.user.is_authenticated
        if request.headers.get("HX-Request"):
            if not known:
                return sentence(SIGNED_OUT, 401)
            if request.headers.get("Sluice-Person", str(request.user.pk)) != str(request.user.pk):
                return sentence(SOMEBODY_ELSE, 409)
        elif not known and request.method not in ("GET", "HEAD"):
            return redirect_to_login(_came_from(request))
        return behind_login(request, *args, **kwargs)

    return guarded


def sentence(text: str, status: int, redacted: str = "") -> HttpResponse:
    """One sentence for the person, as the partial that errors are shown in; `redacted` is what may be sent instead."""
    return HttpResponse(
        render_to_string("chat/_error.html", {"error": text, "redacted": redacted}), status=status
    )


def safe_address(request: HttpRequest, address: str) -> str:
    """The address if it is one of ours, else the first page's."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else resolve_url(settings.LOGIN_REDIRECT_URL)


def _came_from(request: HttpRequest) -> str:
    """The page that a form was on, as a path: what the form is sent to may be no page at all."""
    page = urlsplit(safe_address(request, request.headers.get("Referer", "")))
    return (page.path or "/") + (f"?{page.query}" if page.query else "")
