"""The pages of the review desk: who may come here at all, and what each of them needs."""

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from .. import permissions
from ..models import Case
from .guard import signed_in


def at_the_desk(check: Callable[[Any], None]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For whom `check` lets in; everybody else is sent to sign in, or told who may. A case that is not there is Http404."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @never_cache
        @signed_in
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            check(request.user)
            try:
                return view(request, *args, **kwargs)
            except Case.DoesNotExist:
                raise Http404("There is no such case.") from None

        return guarded

    return decorate


reads = at_the_desk(permissions.check_can_open_desk)
reviews_cases = at_the_desk(permissions.check_can_review)


def context(request: HttpRequest, part: str, **more: Any) -> dict[str, Any]:
    """`part`: which of the desk's own pages it is."""
    return {
        "section": "review",
        "part": part,
        "sees_numbers": permissions.can_see_numbers(request.user),
        "breaks_glass": permissions.can_break_glass(request.user),
        **more,
    }


def ids(text: str, most: int = 100) -> list[UUID]:
    """Ids with commas between, as a page names what it shows."""
    found = []
    for each in text.split(",")[:most]:
        try:
            found.append(UUID(each))
        except ValueError:
            continue
    return found
