"""Who is asking: signed in, or told what to do about it in the form they asked in."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

SIGNED_OUT = "You have been signed out. Sign in again in another tab, then come back: what you wrote is kept."


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """As `login_required`, but a script that asks for a part of a page gets 401 and a sentence, no sign-in page."""
    behind_login = login_required(view)

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.headers.get("HX-Request") and not request.user.is_authenticated:
            return sentence(SIGNED_OUT, 401)
        return behind_login(request, *args, **kwargs)

    return guarded


def sentence(text: str, status: int, redacted: str = "") -> HttpResponse:
    """One sentence for the person, as the partial that errors are shown in; `redacted` is what may be sent instead."""
    return HttpResponse(
        render_to_string("chat/_error.html", {"error": text, "redacted": redacted}), status=status
    )
