"""Renaming a conversation, deleting it, taking that back, and erasing it for good."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from .. import conf, conversations, generation, permissions, retention
from ..models import Conversation
from .account import me
from .guard import sentence, signed_in

TITLE_MOST = Conversation._meta.get_field("title").max_length or 0


@signed_in
@require_POST
def rename(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    found = permissions.conversation_for(request.user, conversation_id)
    title = " ".join(request.POST.get("title", "").replace("\x00", "").split())
    if not title or len(title) > TITLE_MOST:
        return sentence(f"A title has 1 to {TITLE_MOST} characters.", 422)
    if not conversations.rename(found, title):
        raise Http404("There is no such conversation.")
    if not request.headers.get("HX-Request"):
        return redirect("conversation", conversation_id)
    # The list asks for itself: it knows which conversation is open.
    return HttpResponse(status=204, headers={"HX-Trigger": "conversations-changed"})


@signed_in
@require_POST
def delete(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    found = permissions.conversation_for(request.user, conversation_id)
    for turn_id in conversations.delete(found):
        conf.runner().stop(turn_id)
    return redirect(f"{reverse('chat-home')}?deleted={conversation_id}")


@signed_in
@require_POST
def restore(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    if not conversations.restore(me(request), conversation_id):
        raise Http404("There is no deleted conversation of this name.")
    return redirect("conversation", conversation_id)


@signed_in
@require_POST
def erase(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Empty one's own deleted conversation now, and not in its time."""
    found = permissions.conversation_for(request.user, conversation_id, deleted=True)
    if retention.erase(found.pk, me(request)) is None:
        messages.error(request, "An answer in it is still being stopped. Try again in a moment.")
    else:
        messages.success(request, "The conversation is erased.")
        generation.purge_logs(Conversation.objects.filter(pk=found.pk))
    return redirect(f"{reverse('account')}#deleted")
