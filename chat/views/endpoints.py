"""Endpoints: connecting one, changing and testing it, what models it has."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import assistants, permissions
from ..endpoints import Refused
from ..forms import KINDS, SOURCES, EndpointForm, Kind, ModelQuestion, kind_of, needs_model
from ..models import Endpoint
from . import probing
from .account import FORM_METHODS, INVALID, me
from .guard import signed_in
from .ids import row_id
from .listing import endpoint_title, using
from .stream import HEADERS, EventStream


@never_cache
@sensitive_post_parameters("key")
@signed_in
@require_http_methods(FORM_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    """First which kind, then what that kind needs."""
    permissions.check_can_manage_assistants(request.user)
    kind = KINDS.get(request.GET.get("kind", ""))
    if kind is None:
        return render(request, "assistants/kinds.html", {"section": "assistants", "kinds": KINDS.values()})
    form = EndpointForm(kind, None, _posted(request))
    if request.method == "POST" and (row := _saved(request, form, kind, None)):
        messages.success(request, f"{row.name} is saved. Test it now: it is asked for one line.")
        return redirect("endpoint", row.pk)
    context = {"section": "assistants", "kind": kind, "form": form}
    return render(request, "assistants/endpoint_new.html", context, status=_status(request))


@never_cache
@sensitive_post_parameters("key")
@signed_in
@require_http_methods(FORM_METHODS)
def endpoint(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    row = _found(endpoint_id)
    form = EndpointForm(kind_of(row), row, _posted(request))
    if (
        request.method == "POST"
        and not row.from_environment
        and (saved := _saved(request, form, form.kind, row))
    ):
        messages.success(request, f"{saved.name} is saved.")
        return redirect("endpoint", row.pk)
    return _page(request, row, form, status=_status(request))


@signed_in
@require_POST
def archive(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    row = _found(endpoint_id)
    try:
        assistants.archive_endpoint(me(request), row)
    except Refused as refused:
        return _page(request, row, EndpointForm(kind_of(row), row), status=409, error=str(refused))
    return redirect(f"{reverse('assistants')}?archived=endpoint-{row.pk}")


@signed_in
@require_POST
def restore(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    row = _found(endpoint_id)
    assistants.unarchive_endpoint(me(request), row)
    messages.success(request, f"{row.name} is back.")
    return redirect("endpoint", row.pk)


@never_cache
@signed_in
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """For a form on the page: the question for a model, with the list of the endpoint that is chosen beside it."""
    if not permissions.can_manage_policies(request.user):  # whose classifiers are models, too
        permissions.check_can_manage_assistants(request.user)
    name = request.GET.get("for", "")
    if name not in SOURCES:
        raise Http404("There is no such question.")
    row = Endpoint.objects.filter(pk=row_id(request.GET.get(SOURCES[name])) or 0).first()
    question = _asked(name, row, typed=bool(request.GET.get("typed")))
    context = {"question": question, "value": request.GET.get(name, "")}
    return render(request, "assistants/_model.html", context)


@never_cache
@signed_in
@require_POST
def test(request: HttpRequest, endpoint_id: int) -> HttpResponseBase:
    """Have it write one line. A script sees each step as it happens, a plain form all of them at the end."""
    permissions.check_can_manage_assistants(request.user)
    row, model = _found(endpoint_id), request.POST.get("model", "").strip()[:200]
    if request.POST.get("list"):
        return _page(request, row, EndpointForm(kind_of(row), row), model=model, listed=True)
    if request.headers.get("HX-Request"):
        return EventStream(probing.stream(row, model), content_type="text/event-stream", headers=HEADERS)
    probe = async_to_sync(probing.whole)(row, model)
    return _page(request, row, EndpointForm(kind_of(row), row), model=model, probe=probe)


def _page(
    request: HttpRequest, row: Endpoint, form: EndpointForm, status: int = 200, **context: Any
) -> HttpResponse:
    """The endpoint's page. `listed`: with its models in it, for a browser that runs no script."""
    question = (
        _asked("model", row)
        if context.pop("listed", False)
        else ModelQuestion("model", own=row.model, required=needs_model(row))
    )
    context = {
        "section": "assistants", "row": row, "form": form, "kind": form.kind, "question": question,
        "title": endpoint_title(row), "used_by": using(row), **context,
    }  # fmt: skip
    return render(request, "assistants/endpoint.html", context, status=status)


def _asked(name: str, row: Endpoint | None, typed: bool = False) -> ModelQuestion:
    if row is None:
        return ModelQuestion(name, said="Choose the endpoint first; then its models are listed here.")
    listed, problem = async_to_sync(probing.models)(row)
    required = name == "model" and needs_model(row)
    return ModelQuestion(name, listed, row.model, problem, typed, required)


def _saved(request: HttpRequest, form: EndpointForm, kind: Kind, row: Endpoint | None) -> Endpoint | None:
    if not form.is_valid():
        return None
    fields = dict(form.cleaned_data) | {"protocol": row.protocol if row else kind.protocol}
    typed, forget = fields.pop("key"), fields.pop("forget_key", False)
    key = "" if forget else typed or None
    try:
        return assistants.save_endpoint(me(request), row, fields, key)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return None


def _found(endpoint_id: int) -> Endpoint:
    row = Endpoint.objects.filter(pk=endpoint_id).first()
    if row is None:
        raise Http404("There is no such endpoint.")
    return row


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _status(request: HttpRequest) -> int:
    return INVALID if request.method == "POST" else 200
