"""What a policy says, one part a page: each save is a new version, a draft until it is switched on."""

from collections.abc import Mapping
from typing import Any, overload

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from .. import moderation, policies
from ..forms import ModeForm, OwnRuleForm, PackForm, PacksForm
from ..models import Policy, PolicyVersion
from ..policies import Refused, drafting, words
from .account import FORM_METHODS, INVALID, me
from .ids import row_id
from .managing import found_policy, manages_policies


@manages_policies
@require_http_methods(FORM_METHODS)
def mode(request: HttpRequest, policy_id: int) -> HttpResponse:
    row, base = part_of(request, policy_id)
    definition = base.definition
    now = {"mode": definition["mode"], "reasoning": definition.get("reasoning") is not False}
    form = ModeForm(posted(request), initial=now)
    if form.is_valid():
        data = form.cleaned_data
        new = drafting.with_mode(definition, data["mode"], data["reasoning"])
        if done := drafted(request, form, base, new, data["note"] or "How answers appear"):
            return done
    chosen = form["mode"].value()
    modes = [(name, *said, name == chosen) for name, said in words.MODES.items()]
    return part_page(request, "policies/mode.html", row, base, form, modes=modes)


@manages_policies
@require_http_methods(FORM_METHODS)
def packs(request: HttpRequest, policy_id: int) -> HttpResponse:
    row, base = part_of(request, policy_id)
    form = PacksForm(base.definition, posted(request))
    if form.is_valid():
        new = drafting.with_packs(base.definition, form.cleaned_data["packs"])
        if done := drafted(request, form, base, new, form.cleaned_data["note"] or "Which packs are on"):
            return done
    return part_page(request, "policies/packs.html", row, base, form)


@manages_policies
@require_http_methods(FORM_METHODS)
def pack(request: HttpRequest, policy_id: int, name: str) -> HttpResponse:
    row, base = part_of(request, policy_id)
    if (found := moderation.PACKS.get(name)) is None:
        raise Http404("There is no such pack.")
    form = PackForm(found, base.definition, posted(request))
    if form.is_valid():
        new = drafting.with_pack(base.definition, name, form.cleaned_data["on"], form.actions())
        if done := drafted(request, form, base, new, form.cleaned_data["note"] or f"Pack “{found.title}”"):
            return done
    return part_page(request, "policies/pack.html", row, base, form, pack=found)


@manages_policies
@require_http_methods(FORM_METHODS)
def rule(request: HttpRequest, policy_id: int, name: str = "") -> HttpResponse:
    """A rule of one's own: a new one, or the one of this name; posted with `remove`, it goes."""
    row, base = part_of(request, policy_id)
    known = drafting.own_rule(base.definition, name) if name else None
    if name and known is None:
        raise Http404("There is no such rule in the latest version.")
    if known and "remove" in request.POST:
        new = drafting.without_rule(base.definition, name)
        return drafted(request, None, base, new, f"Rule “{known['title']}” removed")
    start = None if known else {"negatives": "This is an ordinary sentence."}
    form = OwnRuleForm(known, posted(request), initial=start)
    if form.is_valid():
        new, _ = drafting.with_rule(base.definition, name, form.value())
        done_what = "changed" if known else "added"
        note = form.cleaned_data["note"] or f"Rule “{form.value()['title']}” {done_what}"
        if done := drafted(request, form, base, new, note):
            return done
    return part_page(request, "policies/rule.html", row, base, form, rule=known)


def part_of(request: HttpRequest, policy_id: int) -> tuple[Policy, PolicyVersion]:
    """The policy and the version that the form was made from: the latest one, unless it says another."""
    row = found_policy(policy_id)
    base = policies.latest_version(row)
    said = row_id(request.POST.get("base"))
    if said is not None and said != base.pk:
        base = row.versions.select_related("author").filter(pk=said).first() or base
    return row, base


def posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@overload
def drafted(
    request: HttpRequest, form: None, base: PolicyVersion, definition: Mapping[str, Any], note: str
) -> HttpResponse: ...


@overload
def drafted(
    request: HttpRequest, form: Form, base: PolicyVersion, definition: Mapping[str, Any], note: str
) -> HttpResponse | None: ...


def drafted(
    request: HttpRequest, form: Form | None, base: PolicyVersion, definition: Mapping[str, Any], note: str
) -> HttpResponse | None:
    """Save a draft and go to its policy; None where it is refused, and the `form`, where there is one, says why."""
    try:
        made = policies.save_version(me(request), base, definition, note)
    except Refused as refused:
        if form is None:
            messages.error(request, str(refused))
            return redirect("policy", base.policy_id)
        form.add_error(None, str(refused))
        return None
    if made.pk == base.pk:
        messages.info(request, "Nothing is different, so there is no new version.")
    else:
        messages.success(
            request, f"Saved as version {made.number}, a draft. It decides nothing until you switch it on."
        )
    return redirect("policy", base.policy_id)


def part_page(
    request: HttpRequest, template: str, row: Policy, base: PolicyVersion, form: Any, **more: Any
) -> HttpResponse:
    context = {"section": "policies", "policy": row, "base": base, "form": form, **more}
    status = INVALID if form.is_bound and form.errors else 200
    return render(request, template, context, status=status)
