"""Sending, stopping and choosing turns, and the parts of a page that show one."""

import contextlib
import functools
import logging
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .. import conf, doors, generation, live, moderation, permissions, turns
from ..models import Kind, Turn, bodies
from ..policies import bypassing
from . import begun
from .account import me
from .guard import sentence, signed_in
from .ids import row_id
from .presenters import full, page_context, turn_view, turns_context

log = logging.getLogger("chat.views")

PATIENCE = 10.0  # seconds a page without JavaScript waits for the whole answer


_KINDS = {
    "send": Kind.SEND, "edit": Kind.SEND, "retry": Kind.RETRY, "continue": Kind.CONTINUE, "repair": Kind.REPAIR
}  # fmt: skip
_WITHOUT_TEXT = {Kind.CONTINUE, Kind.REPAIR}


class Refused(Exception):
    """A request that cannot be carried out: a sentence for the person, and the HTTP status."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status


class _AfterAnAnswer(HttpResponseRedirect):
    """To the conversation, once the turn has ended or PATIENCE is over; the server waits for `ready`.

    Not to the answer's place in it: a page with a fragment in its address does not renew itself.
    """

    def __init__(self, turn: Turn) -> None:
        super().__init__(resolve_url("conversation", turn.conversation_id))
        self.ready = functools.partial(doors.until_ended, turn.pk, PATIENCE)


@signed_in
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Begin a turn. A script gets the turn's HTML at once; a plain form waits a little for the answer."""
    try:
        turn = generation.start(me(request), _wanted(request), redact=bool(request.POST.get("redact")))
    except Refused as refused:
        return _refusal(request, refused.sentence, refused.status)
    except generation.Unsendable as refused:
        return _refusal(request, refused.sentence, 422, refused.redacted)
    except moderation.UnknownPack as missing:
        log.error("no turn was begun: %s", missing)
        return _refusal(request, f"Your message was not sent. {missing}", 503)
    except turns.TooMany as conflict:
        return _refusal(request, str(conflict), 429)
    except turns.Conflict as conflict:
        return _refusal(request, str(conflict), 409)
    except turns.Unknown:
        raise Http404("There is no such conversation.") from None
    return _created(request, turn) if request.headers.get("HX-Request") else _AfterAnAnswer(turn)


def _created(request: HttpRequest, turn: Turn) -> HttpResponse:
    """After a plain send the new turn alone; after a version was added all turns, for the branch has changed."""
    conversation = turn.conversation
    if request.POST.get("kind") == "send":
        view, bypass = turn_view(turns.siblings(turn, own=True)), _bypass(turn)
        # Not the whole branch, which would be rendered anew for each message: the page has it.
        follows = conversation.leaf_id == turn.pk
        text = begun.begun(request, view, conversation.pk) if follows and not bypass else None
        if text is not None:
            response = HttpResponse(text)
        elif follows:
            context = begun.context(view, conversation.pk, uuid4()) | {"bypass": bypass}
            response = render(request, begun.TEMPLATE, context)
        else:  # sent again after others had followed it
            context = turns_context(conversation) | {"turn": view, "bypass": bypass}
            response = render(request, begun.TEMPLATE, context)
        response["HX-Push-Url"] = reverse("conversation", args=[conversation.pk])
    else:
        context = turns_context(conversation) | {"bypass": _bypass(turn)}
        response = render(request, "chat/_turns_changed.html", context)
    response["HX-Trigger"] = "conversations-changed"
    return response


def _bypass(turn: Turn) -> Any:
    """What a page says of it that was opened before: asked for only where the turn has begun under one."""
    return bypassing.running() if "bypass" in turn.policy.definition else None


def _wanted(request: HttpRequest) -> turns.NewTurn:
    """The turn a form asks for. `parent` is the turn it follows; with another child of that parent it is a sibling."""
    form = request.POST
    kind = _KINDS.get(form.get("kind", "send"))
    conversation = _uuid(form.get("conversation"))
    if kind is None or conversation is None:
        raise Refused("This form is not one of ours. Reload the page and send again.", 400)
    text = "" if kind in _WITHOUT_TEXT else _text(form.get("text", ""))
    # Without JavaScript a form beside an answer carries no id: the server makes it.
    turn, parent = _uuid(form.get("turn")) or uuid4(), _uuid(form.get("parent"))
    return turns.NewTurn(turn, conversation, parent, kind, text, row_id(form.get("assistant")))


def _text(text: str) -> str:
    text = bodies.clean(text.replace("\r\n", "\n")).strip("\n")
    if not text.strip():
        raise Refused("Write something first.", 422)
    if len(text) > settings.CHAT_MAX_QUESTION:
        raise Refused(
            f"This message has {len(text):,} characters; the most that can be sent at once is "
            f"{settings.CHAT_MAX_QUESTION:,}. Shorten it or send it in parts.",
            422,
        )
    return text


def _refusal(request: HttpRequest, text: str, status: int, redacted: str = "") -> HttpResponse:
    """`redacted`: what may be sent instead."""
    if request.headers.get("HX-Request"):
        return sentence(text, status, redacted)
    found = None
    if conversation_id := _uuid(request.POST.get("conversation")):
        with contextlib.suppress(Http404):
            found = permissions.conversation_for(request.user, conversation_id)
    context = page_context(me(request), found, wanted=request.POST.get("assistant")) | {
        "error": text,
        "redacted": redacted,
        "draft": request.POST.get("text", ""),
    }
    return render(request, "chat/chat.html", context, status=status)


@never_cache
@signed_in
@require_safe
def turn(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    return _part(request, turn_id, "chat/_turn.html")


@never_cache
@signed_in
@require_safe
def answer(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    return _part(request, turn_id, "chat/_message.html")


@signed_in
@require_POST
def stop(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    found = turns.request_stop(me(request), turn_id)
    if found is None:
        raise Http404("There is no such answer.")
    conf.runner().stop(turn_id)
    live.tell(me(request).pk, found.conversation_id, "turns")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect("conversation", found.conversation_id)


@signed_in
@require_POST
def select(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    try:
        found = turns.select(me(request), turn_id)
    except turns.Unknown:
        raise Http404("There is no such answer.") from None
    live.tell(me(request).pk, found.conversation_id, "turns")
    if not request.headers.get("HX-Request"):
        return redirect("conversation", found.conversation_id)
    conversation = permissions.conversation_for(request.user, found.conversation_id)
    return render(request, "chat/_turns_changed.html", turns_context(conversation))


def _part(request: HttpRequest, turn_id: UUID, template: str) -> HttpResponse:
    found = permissions.turn_for(request.user, turn_id)
    context = {"turn": full(found.conversation, found), "conversation_id": found.conversation_id}
    return render(request, template, context)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
