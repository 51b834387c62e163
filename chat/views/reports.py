"""What a person has to do with reviews: reporting an answer, and seeing what was reviewed of theirs."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from .. import permissions, reviews
from ..forms import ReportForm
from . import reviewing
from .account import FORM_METHODS, INVALID, me
from .guard import signed_in

TOO_MANY = "You have reported a lot within an hour. Wait a while, then report this one."


@never_cache
@signed_in
@require_http_methods(FORM_METHODS)
def report(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    turn = permissions.turn_for(request.user, turn_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    error, status = "", 200
    if form.is_bound and not form.is_valid():
        status = INVALID
    elif form.is_bound and reviews.reported_lately(me(request)):
        error, status = TOO_MANY, 429
    elif form.is_bound:
        data = form.cleaned_data
        try:
            case = reviews.report(me(request), turn, data["category"], data["words"])
        except reviews.Stale as refusal:
            error, status = str(refusal), 409
        else:
            messages.success(request, f"Reported. A reviewer will look at it. Reference {case.reference}")
            return redirect("conversation", turn.conversation_id)
    elif not reviewing.can_report(turn, getattr(turn, "case", None)):
        error = "This answer cannot be reported: it is no part of the conversation, or you have reported it already."
    context = {"form": form, "turn": turn, "error": error, "open": not error or status == 429}
    return render(request, "review/report.html", context, status=status)


@never_cache
@signed_in
@require_safe
def reviewed(request: HttpRequest) -> HttpResponse:
    """The person's own cases."""
    found, last = reviews.theirs(me(request), request.GET.get("after", ""))
    context = {"section": "account", "found": found, "after": reviews.place_of(last) if last else ""}
    return render(request, "review/reviewed.html", context)
