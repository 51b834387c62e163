"""The chat page: a new conversation, one that exists, and the list beside it."""

from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import conversations, permissions, turns
from ..models import Conversation
from . import presenters
from .account import me
from .guard import signed_in
from .ids import uuid_of
from .picking import picked
from .presenters import page_context, sidebar_context, turns_context

DELETED = "deleted"  # the stamp of a page that already says so


@never_cache
@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("assistant")
    if wanted and request.headers.get("HX-Request"):
        return _picked(request, None, wanted)
    context = page_context(me(request), None, wanted=wanted)
    if undo := uuid_of(request.GET.get("deleted")):
        rows = Conversation.objects.filter(pk=undo, owner=me(request), erased_at=None)
        context["undo"] = rows.exclude(deleted_at=None).first()
    response = render(request, "chat/chat.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@never_cache
@signed_in
@require_safe
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The whole page, with the turn `turn` where it names one, or the turns before or after another; for htmx those before
    it alone, or what another assistant changes.
    """
    found = permissions.conversation_for(request.user, conversation_id)
    wanted = request.GET.get("assistant")
    if wanted and request.headers.get("HX-Request"):
        return _picked(request, found, wanted)
    conversations.see(me(request), conversation_id)
    before = uuid_of(request.GET.get("before"))
    if before and request.headers.get("HX-Request"):
        response = render(request, "chat/_turns.html", turns_context(found, before))
    else:
        turn, after = uuid_of(request.GET.get("turn")), uuid_of(request.GET.get("after"))
        stretch = turns.stretch(found, turn, before, after) if turn or before or after else None
        response = render(request, "chat/chat.html", page_context(me(request), found, stretch, wanted))
    patch_vary_headers(response, ["HX-Request"])
    return response


@never_cache
@signed_in
@require_safe
def changes(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """What an open page of the conversation lacks, as partials; 204 when it lacks nothing.

    It says which turns it shows: the `first`, the `leaf` and the `stamps` of all between, and whether it stands `apart`
    from the end. One on which somebody is `editing` a question keeps its branch.
    """
    shown = request.GET
    stamps = shown.get("stamps", "")
    try:
        found = permissions.conversation_for(request.user, conversation_id)
    except Http404:
        permissions.conversation_for(request.user, conversation_id, deleted=True)
        if stamps == DELETED:
            return HttpResponse(status=204)
        return render(request, "chat/_deleted.html", {"conversation_id": conversation_id})
    first, leaf = uuid_of(shown.get("first")), uuid_of(shown.get("leaf"))
    apart = bool(shown.get("apart"))
    lacking = presenters.changes(found, first, leaf, stamps.split(","), apart=apart)
    if lacking is None or (lacking.get("whole") and shown.get("editing")):
        return HttpResponse(status=204)
    return render(request, "chat/_changes.html", lacking)


@never_cache
@signed_in
@require_safe
def sidebar(request: HttpRequest) -> HttpResponse:
    """The list. For the list on a page: with the `shown` conversations it has, 204 while `have` is its version, and
    the conversation `current` is in view unless the page is `away`, in a hidden tab.
    """
    current = uuid_of(request.GET.get("current"))
    if current and not request.GET.get("away"):
        conversations.see(me(request), current)
    shown = request.GET.get("shown", "")
    count = int(shown) if shown.isdecimal() and len(shown) < 5 else 0
    context = sidebar_context(me(request), current, request.GET.get("before"), count)
    if context["sidebar_version"] == request.GET.get("have"):
        return HttpResponse(status=204)
    context["conversation_id"] = current
    template = "chat/_sidebar.html" if request.headers.get("HX-Request") else "chat/conversations.html"
    return render(request, template, context)


def _picked(request: HttpRequest, found: Conversation | None, wanted: str) -> HttpResponse:
    """What an open page shows otherwise once another assistant is chosen on it."""
    context = {
        "conversation": found,
        "conversation_id": found.pk if found else uuid4(),
        "new_turn": uuid4(),
        **picked(me(request), found, wanted),
    }
    response = render(request, "chat/_picked.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
