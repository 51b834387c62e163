"""Looking for words in one's own conversations."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import permissions, search
from ..models import Conversation, bodies
from .account import me
from .guard import signed_in
from .ids import uuid_of
from .presenters import sidebar_context


@never_cache
@signed_in
@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """The page with what was found for `q`; `in` one conversation alone where that is named; `after` where the last page
    ended. For a script the results alone.
    """
    asked = request.GET
    query = bodies.clean(asked.get("q", "")).strip()
    within = None
    if inside := uuid_of(asked.get("in")):
        within = permissions.conversation_for(request.user, inside)
    results, problem = search.Results([], []), ""
    if len(query) > search.MOST:
        problem = (
            f"The most that can be looked for at once is {search.MOST} characters; this has {len(query):,}."
        )
    else:
        after = search.Place.parse(asked.get("after", ""))
        results = search.look(me(request), query, after, within.pk if within else None)
    context = _context(query, results, problem, within)
    if request.headers.get("HX-Request"):
        response = render(request, "chat/_results.html", context)
    else:
        response = render(request, "chat/search.html", context | sidebar_context(me(request), None))
    patch_vary_headers(response, ["HX-Request"])
    return response


def _context(
    query: str, results: search.Results, problem: str, within: Conversation | None
) -> dict[str, Any]:
    page = reverse("search")
    here = {"q": query} | ({"in": str(within.pk)} if within else {})
    more = f"{page}?{urlencode(here | {'after': str(results.after)})}" if results.after else ""
    return {
        "section": "search",
        # What cannot be looked for is not sent back either: it may be a megabyte.
        "query": query[: search.MOST],
        "results": results,
        "problem": problem,
        "within": within,
        "whole": f"{page}?{urlencode({'q': query})}",
        "more": more,
        "says": problem or _says(results, within is not None),
    }


def _says(results: search.Results, within: bool) -> str:
    """What a person hears of the results."""
    if not results.wanted:
        return ""
    if not results.found:
        return "Nothing found so far." if results.after else "Nothing found."
    if within:
        count = sum(len(found.hits) for found in results.found)
        return f"{count} message{'' if count == 1 else 's'} found."
    count = len(results.found)
    return f"{count} conversation{'' if count == 1 else 's'} found."
