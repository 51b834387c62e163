"""Classifiers of a policy: adding one, changing and removing it."""

from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from ..forms import DIALECTS, ClassifierForm, Dialect
from ..models import Endpoint, Policy, PolicyVersion
from ..policies import drafting, words
from . import probing
from .account import FORM_METHODS
from .ids import row_id
from .managing import manages_policies
from .policy_parts import drafted, part_of, part_page, posted

_PLACES = {"answers": drafting.ANSWERS, "questions": drafting.QUESTIONS}
ENDPOINT: dict[str, Any] = {"kind": "endpoint"}


@manages_policies
@require_http_methods(FORM_METHODS)
def new(request: HttpRequest, policy_id: int, place: str) -> HttpResponse:
    """First which kind, then what that kind needs."""
    row, base = part_of(request, policy_id)
    where = _place(place)
    dialect = DIALECTS.get(request.GET.get("kind", ""))
    if dialect is not None:
        return _form(request, row, base, place, dialect, None)
    offered = bool(settings.CHAT_MODERATION_URL) and where == drafting.ANSWERS
    offered = offered and not any(item["kind"] == "endpoint" for item in base.definition[where])
    if request.method == "POST" and offered and "endpoint" in request.POST:
        item = ENDPOINT | {"model": settings.CHAT_MODERATION_MODEL}
        made = drafting.with_classifier(base.definition, where, "", item)
        return drafted(request, None, base, made, "Moderation endpoint added")
    context = {
        "section": "policies", "policy": row, "base": base, "place": place, "dialects": DIALECTS.values(),
        "endpoint": offered, "connected": Endpoint.objects.exclude(protocol=Endpoint.Protocol.DEMO).exists(),
    }  # fmt: skip
    return render(request, "policies/classifier_kinds.html", context)


@manages_policies
@require_http_methods(FORM_METHODS)
def classifier(request: HttpRequest, policy_id: int, place: str, name: str) -> HttpResponse:
    """One of the latest version; posted with `remove`, it goes."""
    row, base = part_of(request, policy_id)
    item = drafting.classifier(base.definition, _place(place), name)
    if item is None:
        raise Http404("There is no such classifier in the latest version.")
    dialect = DIALECTS.get(item["kind"]) or Dialect(
        item["kind"], words.KINDS.get(item["kind"], item["kind"]), "", name
    )
    return _form(request, row, base, place, dialect, item)


def _form(
    request: HttpRequest,
    row: Policy,
    base: PolicyVersion,
    place: str,
    dialect: Dialect,
    item: dict[str, Any] | None,
) -> HttpResponse:
    where, taken = _place(place), drafting.classifier_names(base.definition)
    name = str(item.get("name", "")) if item else ""
    if item and "remove" in request.POST:
        made = drafting.without_classifier(base.definition, where, drafting.name_of(item))
        return drafted(request, None, base, made, f"Classifier “{drafting.name_of(item)}” removed")
    # Without a script the models are asked for by a button of this form, which then comes back as it was filled in.
    listing = "list" in request.POST
    form = ClassifierForm(dialect, item, taken, _listed(request) if listing else [], posted(request))
    if listing:
        form.quiet()
    elif form.is_valid():
        made = drafting.with_classifier(base.definition, where, name, form.value())
        note = (
            form.cleaned_data["note"]
            or f"Classifier “{form.cleaned_data['name']}” {'changed' if item else 'added'}"
        )
        if done := drafted(request, form, base, made, note):
            return done
    more = {"dialect": dialect, "item": item, "place": place}
    return part_page(request, "policies/classifier.html", row, base, form, **more)


def _listed(request: HttpRequest) -> list[str]:
    row = Endpoint.objects.filter(pk=row_id(request.POST.get("endpoint")) or 0).first()
    if row is None:
        return []
    found, problem = async_to_sync(probing.models)(row)
    if problem:
        messages.error(request, problem)
    return found


def _place(place: str) -> str:
    if place not in _PLACES:
        raise Http404("There is no such place for a classifier.")
    return _PLACES[place]
