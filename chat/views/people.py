"""Who is here: the people page, invitations from both ends, and open sign-up."""

from typing import Any

from django.conf import settings
from django.contrib import auth, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import generation, people, permissions, retention
from ..forms import InviteForm, NewPersonForm
from ..models import Conversation, User
from ..models.roles import ROLES
from .account import FORM_METHODS, INVALID, client_address, me, throttled
from .guard import signed_in


@never_cache
@signed_in
@require_safe
def people_page(request: HttpRequest) -> HttpResponse:
    permissions.check_can_manage_people(request.user)
    return _page(request)


@never_cache
@signed_in
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    permissions.check_can_manage_people(request.user)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, status=INVALID, invite_form=form)
    _, token = people.invite(me(request), form.cleaned_data["note"])
    # Shown in this response and never again: only the token's hash is kept.
    return _page(request, new_link=request.build_absolute_uri(reverse("invitation", args=[token])))


@signed_in
@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    if people.revoke(me(request), invitation_id):
        messages.success(request, "The invitation is revoked; its link opens nothing any more.")
        return redirect("people")
    return _page(request, status=409, error="This invitation was no longer open.")


@signed_in
@require_POST
def deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    return _switch(
        request, people.deactivate, person_id, "The account is closed, and its sessions have ended."
    )


@signed_in
@require_POST
def activate(request: HttpRequest, person_id: int) -> HttpResponse:
    return _switch(request, people.activate, person_id, "The account is open again.")


@signed_in
@require_POST
def roles(request: HttpRequest, person_id: int) -> HttpResponse:
    """What the person may do from now on; every role that is ticked, and no other."""
    permissions.check_can_manage_people(request.user)
    seen = [name for name in request.POST["seen"].split("|") if name] if "seen" in request.POST else None
    try:
        if people.give_roles(me(request), person_id, request.POST.getlist("role"), seen):
            messages.success(request, "Their roles are changed, from their next click on.")
    except User.DoesNotExist:
        raise Http404("There is no such person.") from None
    except (PermissionDenied, people.PeopleError) as refusal:
        return _page(request, status=409, error=str(refusal))
    return redirect("people")


@never_cache
@signed_in
@require_http_methods(FORM_METHODS)
def erase(request: HttpRequest, person_id: int) -> HttpResponse:
    """What goes and what stays; posted, it is done."""
    permissions.check_can_manage_people(request.user)
    person = User.objects.filter(pk=person_id, erased_at=None).first()
    if person is None:
        raise Http404("There is no such person.")
    try:
        if request.method != "POST":
            permissions.check_can_erase(request.user, person)
            context = {"section": "people", "person": person, "conversations": person.conversations.count()}
            return render(request, "people/erase.html", context)
        retention.erase_account(me(request), person_id)
        generation.purge_logs(Conversation.objects.filter(owner=person))
    except PermissionDenied as refusal:
        return _page(request, status=409, error=str(refusal))
    messages.success(request, "The account is erased.")
    return redirect("people")


@never_cache
@sensitive_post_parameters()
@require_http_methods(FORM_METHODS)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        people.open_invitation(token)
        if request.user.is_authenticated:
            sentence = f"You are signed in as {request.user}. Sign out first to use this invitation."
            return render(request, "people/invitation.html", {"form": None, "error": sentence})
        form = NewPersonForm(request.POST or None)
        if request.method != "POST":
            return render(request, "people/invitation.html", {"form": form})
        if not form.is_valid():
            return render(request, "people/invitation.html", {"form": form}, status=INVALID)
        user = people.accept(token, form.save(commit=False))
    except people.PeopleError as refusal:
        return render(
            request, "people/invitation.html", {"form": None, "error": refusal.sentence}, status=404
        )
    auth.login(request, user)
    return redirect("chat-home")


@never_cache
@sensitive_post_parameters()
@require_http_methods(FORM_METHODS)
def sign_up(request: HttpRequest) -> HttpResponse:
    if not settings.CHAT_OPEN_SIGNUP:
        raise Http404("There is no open sign-up here.")
    if not people.administrator_exists():
        return redirect("setup")
    if request.user.is_authenticated:
        return redirect("chat-home")
    form = NewPersonForm(request.POST or None)
    if request.method != "POST":
        return render(request, "people/signup.html", {"form": form})
    try:
        # Never taken back, so that accounts made count as well as names tried.
        people.attempt("sign-up", client_address(request))
        if not form.is_valid():
            return render(request, "people/signup.html", {"form": form}, status=INVALID)
        user = people.sign_up(form.save(commit=False))
    except people.Throttled as refusal:
        return throttled(request, "people/signup.html", {"form": NewPersonForm()}, refusal)
    except people.PeopleError as refusal:
        return render(request, "people/signup.html", {"form": form, "error": refusal.sentence}, status=409)
    auth.login(request, user)
    return redirect("chat-home")


def _switch(request: HttpRequest, verb: Any, person_id: int, done: str) -> HttpResponse:
    permissions.check_can_manage_people(request.user)
    try:
        if verb(me(request), person_id):
            messages.success(request, done)
    except User.DoesNotExist:
        raise Http404("There is no such person.") from None
    except PermissionDenied as refusal:
        return _page(request, status=409, error=str(refusal))
    return redirect("people")


def _page(request: HttpRequest, status: int = 200, **context: Any) -> HttpResponse:
    context = {
        "section": "people",
        "people": people.everyone(me(request)),
        "invitations": people.invitations_listed(),
        "invite_form": InviteForm(),
        "roles": ROLES,
        "new_link": "",
        "error": "",
        **context,
    }
    return render(request, "people/people.html", context, status=status)
