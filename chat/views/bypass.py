"""For emergencies: rules alone judge for a while."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ..forms import BypassForm
from ..models import Bypass
from ..policies import Refused, bypassing
from .account import INVALID, me
from .managing import manages_policies
from .policies import list_page


@manages_policies
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    form = BypassForm(request.POST)
    if form.is_valid():
        try:
            bypassing.begin(me(request), form.cleaned_data["reason"], form.cleaned_data["minutes"])
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, "From the next message on, answers are checked by rules alone.")
            return redirect("policies")
    return list_page(request, form, INVALID)


@manages_policies
@require_POST
def end(request: HttpRequest, bypass_id: int) -> HttpResponse:
    row = Bypass.objects.filter(pk=bypass_id).first()
    if row is None:
        raise Http404("There is no such bypass.")
    try:
        bypassing.end(me(request), row)
        messages.success(request, "It is over: the next messages are checked in full again.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("policies")
