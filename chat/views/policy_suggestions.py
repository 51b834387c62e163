"""Texts that reviewers suggest to a policy: accepted into a draft, or dismissed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from .. import policies
from ..models import Suggestion
from ..policies import Refused
from .account import me
from .managing import found_policy, manages_policies


@manages_policies
@require_POST
def accept(request: HttpRequest, policy_id: int, suggestion_id: int) -> HttpResponse:
    row = _found(policy_id, suggestion_id)
    try:
        made, problems = policies.accept(me(request), row)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("policy", policy_id)
    messages.success(
        request, f"Added in version {made.number}, a draft. It decides nothing until you switch it on."
    )
    for problem in problems:
        messages.warning(request, f"Before that: {problem}")
    return redirect("policy", policy_id)


@manages_policies
@require_POST
def dismiss(request: HttpRequest, policy_id: int, suggestion_id: int) -> HttpResponse:
    try:
        policies.dismiss(me(request), _found(policy_id, suggestion_id))
        messages.success(request, "Dismissed, and its text is gone.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("policy", policy_id)


def _found(policy_id: int, suggestion_id: int) -> Suggestion:
    found_policy(policy_id)
    row = Suggestion.objects.filter(policy=policy_id, pk=suggestion_id).first()
    if row is None:
        raise Http404("There is no such suggestion.")
    return row
