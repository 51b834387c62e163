"""Assistants: the lists, making and changing one, its versions."""

import json
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import assistants, permissions
from ..assistants import ordering
from ..endpoints import Refused
from ..forms import SOURCES, AssistantForm
from ..models import Assistant, AssistantVersion, Endpoint
from . import probing
from .account import FORM_METHODS, INVALID, me
from .guard import signed_in
from .ids import row_id
from .listing import lists, versions_of


@never_cache
@signed_in
@require_safe
def assistants_page(request: HttpRequest) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    return render(
        request, "assistants/assistants.html", {"section": "assistants", **lists(), **_undo(request)}
    )


@never_cache
@signed_in
@require_http_methods(FORM_METHODS)
def new(request: HttpRequest) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    initial = {name: request.GET.get(name, "") for name in SOURCES} | {
        "endpoint": request.GET.get("endpoint")
    }
    return _form(request, None, initial)


@never_cache
@signed_in
@require_http_methods(FORM_METHODS)
def assistant(request: HttpRequest, assistant_id: int) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    return _form(request, _found(assistant_id))


@never_cache
@signed_in
@require_safe
def version(request: HttpRequest, assistant_id: int, number: int) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    found = _version(assistant_id, number)
    shape = "" if found.schema is None else json.dumps(found.schema, indent=2, ensure_ascii=False)
    context = {"section": "assistants", "version": found, "assistant": found.assistant, "schema": shape}
    return render(request, "assistants/version.html", context)


@signed_in
@require_POST
def restore_version(request: HttpRequest, assistant_id: int, number: int) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    try:
        made = assistants.restore_version(me(request), _version(assistant_id, number))
        messages.success(request, f"Version {number} is in use again, as version {made.number}.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("assistant", assistant_id)


@signed_in
@require_POST
def archive(request: HttpRequest, assistant_id: int) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    row = _found(assistant_id)
    try:
        assistants.archive_assistant(me(request), row)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("assistants")
    return redirect(f"{reverse('assistants')}?archived=assistant-{row.pk}")


@signed_in
@require_POST
def restore(request: HttpRequest, assistant_id: int) -> HttpResponse:
    return _switch(request, assistants.unarchive_assistant, assistant_id, "{} is back.")


@signed_in
@require_POST
def put_first(request: HttpRequest, assistant_id: int) -> HttpResponse:
    return _switch(request, ordering.put_first, assistant_id, "New chats begin with {}.")


def _undo(request: HttpRequest) -> dict[str, Any]:
    """What has just been archived, and where that is taken back."""
    noun, _, key = request.GET.get("archived", "").partition("-")
    model: Any = {"assistant": Assistant, "endpoint": Endpoint}.get(noun)
    row = model and model.objects.filter(pk=row_id(key) or 0).exclude(archived_at=None).first()
    return {"undo": row, "undo_url": reverse(f"{noun}-restore", args=[row.pk])} if row else {}


def _form(request: HttpRequest, row: Assistant | None, initial: dict[str, Any] | None = None) -> HttpResponse:
    current = row.current if row else None
    data = request.POST if request.method == "POST" else None
    wanted = request.POST.get("list", "")
    # Without a script the models are asked for by a button of this form, which then comes back as it was filled in.
    form = AssistantForm(row, current, _listed(request, wanted), data, initial=initial)
    if wanted in SOURCES:
        return _page(request, row, form.quiet())
    if data is not None and form.is_valid():
        try:
            made = assistants.save_assistant(me(request), row, form.values(), form.cleaned_data["seen"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            first = row is None and ordering.leave_demo(me(request), made.assistant)
            messages.success(request, _said(row, current, made, first))
            return redirect("assistant", made.assistant_id)
    return _page(request, row, form, 200 if data is None else INVALID)


def _said(row: Assistant | None, before: AssistantVersion | None, made: AssistantVersion, first: bool) -> str:
    if first:
        return f"{made.assistant.name} is ready. New chats begin with it, in place of the demo."
    if row is None:
        return f"{made.assistant.name} is ready. People find it in the chat from now on."
    if before and before.pk == made.pk:
        return f"{made.assistant.name} is saved."
    return f"{made.assistant.name} is saved as version {made.number}; the next messages are answered by it."


def _page(request: HttpRequest, row: Assistant | None, form: Any, status: int = 200) -> HttpResponse:
    context = {
        "section": "assistants",
        "assistant": row,
        "form": form,
        "versions": versions_of(row) if row else [],
    }
    return render(request, "assistants/assistant.html", context, status=status)


def _listed(request: HttpRequest, wanted: str) -> dict[str, list[str]]:
    endpoint = Endpoint.objects.filter(pk=row_id(request.POST.get(SOURCES.get(wanted, ""))) or 0).first()
    if endpoint is None:
        return {}
    found, problem = async_to_sync(probing.models)(endpoint)
    if problem:
        messages.error(request, problem)
    return {wanted: found}


def _switch(request: HttpRequest, verb: Any, assistant_id: int, done: str) -> HttpResponse:
    permissions.check_can_manage_assistants(request.user)
    row = _found(assistant_id)
    try:
        verb(me(request), row)
        messages.success(request, done.format(row.name))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("assistants")


def _found(assistant_id: int) -> Assistant:
    row = (
        Assistant.objects.select_related("current__endpoint", "current__fallback")
        .filter(pk=assistant_id)
        .first()
    )
    if row is None:
        raise Http404("There is no such assistant.")
    return row


def _version(assistant_id: int, number: int) -> AssistantVersion:
    rows = AssistantVersion.objects.select_related("assistant__current", "endpoint", "fallback", "author")
    found = rows.filter(assistant=assistant_id, number=number).first()
    if found is None:
        raise Http404("There is no such version.")
    return found
