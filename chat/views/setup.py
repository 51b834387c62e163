"""The page that makes the first administrator; it exists only while there is none."""

from django.contrib import auth
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from .. import people
from ..forms import SetupForm
from .account import FORM_METHODS, INVALID, client_address, throttled


@never_cache
@sensitive_post_parameters()
@require_http_methods(FORM_METHODS)
def setup(request: HttpRequest) -> HttpResponse:
    if people.administrator_exists():
        raise Http404("Sluice has been set up.")
    if request.method != "POST":
        return render(request, "people/setup.html", {"form": SetupForm()})
    try:
        attempt = people.attempt("set-up", client_address(request))
    except people.Throttled as refusal:
        return throttled(request, "people/setup.html", {"form": SetupForm()}, refusal)
    code = request.POST.get("code", "")
    if not people.code_matches(code):
        # Nothing else is looked at: without the code nobody learns which usernames exist.
        form = SetupForm(initial={"username": request.POST.get("username", "")})
        context = {"form": form, "error": "This is not the code printed at the last start."}
        return render(request, "people/setup.html", context, status=INVALID)
    attempt.succeeded()
    form = SetupForm(request.POST)
    if not form.is_valid():
        return render(request, "people/setup.html", {"form": form}, status=INVALID)
    try:
        user = people.set_up(code, form.save(commit=False))
    except people.PeopleError as refusal:
        return render(request, "people/setup.html", {"form": form, "error": refusal.sentence}, status=409)
    auth.login(request, user)
    return redirect("chat-home")
