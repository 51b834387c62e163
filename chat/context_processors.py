"""What every template may use beside its own context."""

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.functional import SimpleLazyObject

from .policies import bypassing


def csrf_token(request: HttpRequest) -> dict[str, Any]:
    """The token, made when it is first used and then kept: Django's own processor makes three for each form, each of
    them 33 µs, which were 8 ms of a page with 40 conversations in its list.
    """
    return {"csrf_token": SimpleLazyObject(lambda: get_token(request))}


def bypass(request: HttpRequest) -> dict[str, Any]:
    """The bypass that is on, for who is signed in: asked for by a page that has a banner for it."""

    def running() -> Any:
        person = getattr(request, "user", None)
        return bypassing.running() if person is not None and person.is_authenticated else None

    return {"bypass": SimpleLazyObject(running)}
