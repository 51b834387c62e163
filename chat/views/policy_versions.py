"""One version of a policy: what it says, what differs, what speaks against it; switched on, or into the shadow."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from .. import permissions, policies
from ..forms import ReasonForm, ReplayForm
from ..models import PolicyChange, PolicyVersion
from ..policies import Refused, Unproven, drafting, proving, words
from .account import INVALID, me
from .managing import found_policy, found_version, manages_policies, reads_policies
from .policy_listing import endpoint_names


@reads_policies
@require_safe
def version(request: HttpRequest, policy_id: int, number: int) -> HttpResponse:
    return version_page(request, found_version(policy_id, number))


@manages_policies
@require_POST
def activate(request: HttpRequest, policy_id: int, number: int) -> HttpResponse:
    row = found_version(policy_id, number)
    form = ReasonForm(request.POST)
    refused: list[str] = []
    if form.is_valid():
        try:
            policies.activate(me(request), row, form.cleaned_data["reason"], form.cleaned_data["seen"])
        except Unproven as unproven:
            refused = unproven.sentences
        except Refused as why:
            form.add_error(why.field if why.field in form.fields else None, str(why))
        else:
            messages.success(request, f"Version {number} is on. The next messages are judged by it.")
            return redirect("policy", policy_id)
    return version_page(request, row, form, refused, INVALID)


@manages_policies
@require_POST
def shadow(request: HttpRequest, policy_id: int, number: int) -> HttpResponse:
    row = found_version(policy_id, number)
    try:
        policies.shadow(me(request), row)
    except Unproven as unproven:
        return version_page(request, row, None, unproven.sentences, INVALID)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("policy-version", policy_id, number)
    messages.success(request, f"Version {number} judges beside what is on, and decides nothing.")
    return redirect("policy", policy_id)


@manages_policies
@require_POST
def stop_shadow(request: HttpRequest, policy_id: int) -> HttpResponse:
    try:
        policies.stop_shadow(me(request), found_policy(policy_id))
        messages.success(request, "Nothing is in the shadow any more.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("policy", policy_id)


def version_page(
    request: HttpRequest, row: PolicyVersion, form: Any = None, refused: Sequence[str] = (), status: int = 200
) -> HttpResponse:
    """`refused`: sentences on why it was not switched on."""
    policy, endpoints = row.policy, endpoint_names()
    assert policy is not None
    on = policy.active
    before = on.definition if on else drafting.EMPTY
    faults = proving.rule_problems(row.definition)
    may_manage = permissions.can_manage_policies(request.user)
    hits, looked = ([], 0) if faults or not may_manage else proving.hits(proving.new_rules(row, on))
    was_on = row.changes.filter(
        action__in=[PolicyChange.Action.ACTIVATE, PolicyChange.Action.ROLL_BACK]
    ).exists()
    sections: dict[str, list[words.Fact]] = {}
    for fact in words.facts(row.definition, endpoints):
        sections.setdefault(fact.section, []).append(fact)
    context = {
        "section": "policies", "version": row, "policy": policy, "on": on, "was_on": was_on, "refused": refused,
        "changes": words.changes(before, row.definition, endpoints), "sections": sections, "faults": faults,
        "hits": hits, "looked": looked, "own": len(drafting.rules_item(drafting.normal(row.definition))["own"]),
        "may_manage": may_manage,
        "asked": [name for name in policies.names(row) if name != "rules"],
        "form": form or ReasonForm(initial={"seen": on.pk if on else None}), "replay_form": ReplayForm(),
    }  # fmt: skip
    return render(request, "policies/version.html", context, status=status)
