"""Break-glass: finding a conversation, opening it for a reason, and reading it while that lasts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import permissions
from ..forms import BreakGlassForm, LookUpForm
from ..models import Conversation, Transcript
from ..reviews import transcripts
from . import desk
from .account import FORM_METHODS, INVALID, me
from .ids import uuid_of

breaks_glass = desk.at_the_desk(permissions.check_can_break_glass)


@breaks_glass
@require_http_methods(FORM_METHODS)
def look_up(request: HttpRequest) -> HttpResponse:
    """Posted to, so that whose conversation was looked for stands in no address, log or history."""
    form = LookUpForm(request.POST if request.method == "POST" else None)
    found, status = None, 200
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        found = transcripts.find(me(request), data["reference"], data["person"], data["day"])
    elif form.is_bound:
        status = INVALID
    return _page(
        request, "review/look_up.html", status, form=form, found=found, opened=transcripts.opened(me(request))
    )


@breaks_glass
@require_http_methods(FORM_METHODS)
def open_one(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    try:
        row = transcripts.wanted(me(request), conversation_id)
    except Conversation.DoesNotExist:
        raise Http404("There is no such conversation.") from None
    form = BreakGlassForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = transcripts.break_glass(me(request), row.pk, form.cleaned_data["reason"])
        return redirect("transcript", made.pk)
    status = INVALID if form.is_bound else 200
    return _page(request, "review/break_glass.html", status, form=form, row=row, lasts=_minutes())


@breaks_glass
@require_safe
def transcript(request: HttpRequest, transcript_id: int) -> HttpResponse:
    try:
        found = transcripts.read(me(request), transcript_id, uuid_of(request.GET.get("before")))
    except Transcript.DoesNotExist:
        raise Http404("There is no such transcript.") from None
    except PermissionDenied as refusal:
        return _page(request, "review/over.html", 403, sentence=str(refusal))
    return _page(request, "review/transcript.html", found=found)


@breaks_glass
@require_POST
def close(request: HttpRequest, transcript_id: int) -> HttpResponse:
    transcripts.close(me(request), transcript_id)
    messages.success(request, "Closed. To read on, open it again with a reason.")
    return redirect("transcripts")


def _minutes() -> int:
    return int(transcripts.LASTS.total_seconds() // 60)


def _page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, desk.context(request, "transcripts", **context), status=status)
