"""The review desk: the queue of held answers and the page of one case."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from .. import conversations, permissions, reviews
from ..forms import DecisionForm
from ..models import Case
from .account import INVALID, me

_DONE = {
    "release": "Released. The answer is now part of the conversation.",
    "uphold": "Upheld. The answer stays out of the conversation.",
}


@never_cache
@login_required
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    permissions.check_can_review(request.user)
    waiting, more = reviews.open_entries()
    context = {"section": "review", "open": waiting, "more": more, "closed": reviews.closed_entries()}
    return render(request, "review/queue.html", context)


@never_cache
@login_required
@require_safe
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return _page(request, case_id)


@never_cache
@login_required
@require_POST
def decide(request: HttpRequest, case_id: UUID) -> HttpResponse:
    permissions.check_can_review(request.user)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, case_id, status=INVALID, form=form)
    decision = form.cleaned_data
    try:
        decided = reviews.decide(
            me(request), case_id, decision["action"], decision["reason"], decision["version"]
        )
    except Case.DoesNotExist:
        raise Http404("There is no such case.") from None
    except reviews.Stale as refusal:
        return _page(request, case_id, status=409, written=decision, error=str(refusal))
    # A released first exchange names its conversation, like any other that was saved; upheld, it changes nothing.
    conversations.entitle(decided.turn)
    messages.success(request, _DONE[decision["action"]])
    return redirect("case", case_id)


def _page(
    request: HttpRequest,
    case_id: UUID,
    status: int = 200,
    written: dict[str, Any] | None = None,
    **context: Any,
) -> HttpResponse:
    try:
        page = reviews.look(me(request), case_id)
    except Case.DoesNotExist:
        raise Http404("There is no such case.") from None
    # What was written for an older version is offered again for the one that is on the page now.
    form = DecisionForm(initial={**(written or {}), "version": page.case.version})
    context = {"section": "review", **vars(page), "form": form, "error": "", **context}
    return render(request, "review/case.html", context, status=status)
