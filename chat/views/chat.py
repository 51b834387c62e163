"""The chat page: a new conversation, one that exists, and the list beside it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import permissions
from ..models import Conversation
from .account import me
from .guard import signed_in
from .presenters import page_context, sidebar_context, turns_context


@never_cache
@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = page_context(me(request), None)
    if undo := _identifier(request.GET.get("deleted")):
        rows = Conversation.objects.filter(pk=undo, owner=me(request), erased_at=None)
        context["undo"] = rows.exclude(deleted_at=None).first()
    return render(request, "chat/chat.html", context)


@never_cache
@signed_in
@require_safe
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The whole page, or for htmx the page of turns before the turn `before`."""
    found = permissions.conversation_for(request.user, conversation_id)
    before = _identifier(request.GET.get("before"))
    if before and request.headers.get("HX-Request"):
        response = render(request, "chat/_turns.html", turns_context(found, before))
    else:
        response = render(request, "chat/chat.html", page_context(me(request), found, before))
    patch_vary_headers(response, ["HX-Request"])
    return response


@never_cache
@signed_in
@require_safe
def sidebar(request: HttpRequest) -> HttpResponse:
    context = sidebar_context(me(request), request.GET.get("before"))
    context["conversation_id"] = _identifier(request.GET.get("current"))
    template = "chat/_sidebar.html" if request.headers.get("HX-Request") else "chat/conversations.html"
    return render(request, template, context)


def _identifier(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
