"""Signing in and out, and one's own account."""

import re
from typing import Any, cast

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from .. import metrics, people, retention
from ..forms import NameForm, PasswordForm, SignInForm
from ..models import User
from .guard import safe_address, signed_in

FORM_METHODS = ["GET", "HEAD", "POST"]
DELETED_MOST = 50  # deleted conversations on a page
INVALID = 422  # a form that has to be filled in again


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(FORM_METHODS)
def sign_in(request: HttpRequest) -> HttpResponse:
    if not people.administrator_exists():
        return redirect("setup")
    target = _safe_next(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request, request.POST or None)
    context = {"form": form, "next": target, "open_signup": settings.CHAT_OPEN_SIGNUP}
    if request.method != "POST":
        return render(request, "people/login.html", context)
    try:
        attempt = people.attempt("sign-in", client_address(request), request.POST.get("username", ""))
    except people.Throttled as refusal:
        # Unbound: a bound form would check the password while it is drawn.
        return throttled(request, "people/login.html", {**context, "form": SignInForm(request)}, refusal)
    if not form.is_valid():
        metrics.sign_ins.labels("refused").inc()
        people.refused(form.cleaned_data.get("username", ""))
        return render(request, "people/login.html", context, status=INVALID)
    attempt.succeeded()
    metrics.sign_ins.labels("accepted").inc()
    people.signed_in(form.get_user())
    auth.login(request, form.get_user())
    return redirect(target)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    person = request.user if request.user.is_authenticated else None
    if person is not None:
        people.signed_out(person)
    auth.logout(request)
    if person is not None:
        people.notify_person_changed(person.pk)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@never_cache
@sensitive_post_parameters()
@signed_in
@require_http_methods(FORM_METHODS)
def account(request: HttpRequest) -> HttpResponse:
    action = request.POST.get("action", "")
    name_form = NameForm(request.POST if action == "name" else None, instance=request.user)
    password_form = PasswordForm(request.user, request.POST if action == "password" else None)
    context = {
        "section": "account",
        "name_form": name_form,
        "password_form": password_form,
        **_deleted(request),
    }
    if action == "password":
        try:
            attempt = people.attempt("password", client_address(request), str(request.user.pk))
        except people.Throttled as refusal:
            context["password_form"] = PasswordForm(request.user)
            return throttled(request, "people/account.html", context, refusal)
        if password_form.is_valid():
            attempt.succeeded()
            _change_password(request, password_form.cleaned_data["new_password1"])
            messages.success(request, "Your password is changed, and you are signed out everywhere else.")
            return redirect("account")
        if "old_password" not in password_form.errors:
            attempt.succeeded()
    if action == "name" and name_form.is_valid():
        people.rename(me(request), name_form.cleaned_data["first_name"])
        messages.success(request, "Your name is changed.")
        return redirect("account")
    return render(
        request, "people/account.html", context, status=INVALID if request.method == "POST" else 200
    )


def _deleted(request: HttpRequest) -> dict[str, Any]:
    """A page of the person's deleted conversations, from the place in the list that the address names on."""
    asked = request.GET.get("deleted", "")
    first = int(asked) if re.fullmatch("[0-9]{1,6}", asked) else 0
    rows = list(retention.deleted_by(me(request))[first : first + DELETED_MOST + 1])
    return {
        "deleted": [(row, retention.erases_at(row)) for row in rows[:DELETED_MOST]],
        "deleted_later": max(0, first - DELETED_MOST) if first else None,
        "deleted_earlier": first + DELETED_MOST if len(rows) > DELETED_MOST else None,
    }


def me(request: HttpRequest) -> User:
    """The signed-in person, where `signed_in` has let nobody else through."""
    return cast(User, request.user)


def client_address(request: HttpRequest) -> str:
    """The client's, as the trusted proxy tells it; "" on a socket that has none."""
    return request.META.get("REMOTE_ADDR", "")


def throttled(
    request: HttpRequest, template: str, context: dict[str, Any], refusal: people.Throttled
) -> HttpResponse:
    """The form again with the sentence that says how long to wait."""
    response = render(request, template, {**context, "error": refusal.sentence}, status=429)
    response["Retry-After"] = str(refusal.seconds)
    return response


def _change_password(request: HttpRequest, password: str) -> None:
    person = me(request)
    people.change_password(person, person, password)
    auth.update_session_auth_hash(request, person)
    people.end_sessions(person.pk, keep=request.session.session_key)


def _safe_next(request: HttpRequest) -> str:
    return safe_address(request, request.POST.get("next") or request.GET.get("next", ""))
