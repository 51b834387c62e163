"""Policies: the list, making one, what it says and whom it is for, putting it away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import policies
from ..forms import BypassForm, PolicyForm, ReasonForm
from ..models import Policy
from ..policies import Refused
from .account import FORM_METHODS, INVALID, me
from .managing import found_policy, manages_policies
from .policy_listing import archived, bypasses, policy_page, policy_rows


@manages_policies
@require_safe
def policies_page(request: HttpRequest) -> HttpResponse:
    return list_page(request, BypassForm())


def list_page(request: HttpRequest, bypass_form: BypassForm, status: int = 200) -> HttpResponse:
    context = {
        "section": "policies",
        "rows": policy_rows(),
        "archived": archived(),
        "bypass_form": bypass_form,
        **bypasses(),
    }
    return render(request, "policies/policies.html", context, status=status)


@manages_policies
@require_http_methods(FORM_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    form = PolicyForm(None, request.POST if request.method == "POST" else None)
    if row := _saved(request, form, None):
        messages.success(request, f"{row.name} is made, and off. Say what it checks, then switch it on.")
        return redirect("policy", row.pk)
    context = {"section": "policies", "form": form}
    return render(request, "policies/new.html", context, status=_status(request))


@manages_policies
@require_http_methods(FORM_METHODS)
def policy(request: HttpRequest, policy_id: int) -> HttpResponse:
    """All of a policy; posted to, its name and whom it is for."""
    row = found_policy(policy_id)
    form = PolicyForm(row, request.POST if request.method == "POST" else None)
    if _saved(request, form, row):
        messages.success(request, "Saved. Whom it is for counts from the next message on.")
        return redirect("policy", row.pk)
    return _page(request, row, form, status=_status(request))


@manages_policies
@require_POST
def switch_off(request: HttpRequest, policy_id: int) -> HttpResponse:
    row = found_policy(policy_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            policies.switch_off(me(request), row, form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{row.name} is off from the next message on.")
            return redirect("policy", row.pk)
    return _page(request, row, PolicyForm(row), form, INVALID)


@manages_policies
@require_POST
def archive(request: HttpRequest, policy_id: int) -> HttpResponse:
    row = found_policy(policy_id)
    try:
        policies.archive(me(request), row)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("policy", row.pk)
    messages.success(request, f"{row.name} is off and archived. It waits under “Archived” below.")
    return redirect("policies")


@manages_policies
@require_POST
def restore(request: HttpRequest, policy_id: int) -> HttpResponse:
    row = found_policy(policy_id)
    policies.unarchive(me(request), row)
    messages.success(request, f"{row.name} is back, and off until you switch a version on.")
    return redirect("policy", row.pk)


def _saved(request: HttpRequest, form: PolicyForm, row: Policy | None) -> Policy | None:
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return policies.save_policy(me(request), row, form.values(), form.cleaned_data["seen"])
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return None


def _page(
    request: HttpRequest, row: Policy, form: PolicyForm, off_form: Any = None, status: int = 200
) -> HttpResponse:
    context = {
        "section": "policies", "form": form, "off_form": off_form or ReasonForm(), **policy_page(me(request), row)
    }  # fmt: skip
    return render(request, "policies/policy.html", context, status=status)


def _status(request: HttpRequest) -> int:
    return INVALID if request.method == "POST" else 200
