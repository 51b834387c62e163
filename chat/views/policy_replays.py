"""A version tried on answers of the past: begun, followed while its page is open, and what it would turn round."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from .. import permissions
from ..forms import ReplayForm
from ..models import Replay
from ..policies import Refused, Unproven, replaying
from .account import INVALID, me
from .managing import found_version, manages_policies
from .policy_listing import flips
from .policy_versions import version_page


@manages_policies
@require_POST
def begin(request: HttpRequest, policy_id: int, number: int) -> HttpResponse:
    version = found_version(policy_id, number)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return version_page(request, version, status=INVALID)
    try:
        row = replaying.begin(me(request), version, form.cleaned_data["count"])
    except Unproven as unproven:
        return version_page(request, version, None, unproven.sentences, INVALID)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("policy-version", policy_id, number)
    return redirect("policy-replay", row.pk)


@manages_policies
@require_safe
def replay(request: HttpRequest, replay_id: int) -> HttpResponse:
    return render(request, "policies/replay.html", _context(request, _found(replay_id)))


@manages_policies
@require_POST
def step(request: HttpRequest, replay_id: int) -> HttpResponse:
    """Some more of it: the page's part of it for a script, else the page again."""
    row = replaying.step(_found(replay_id))
    if request.headers.get("HX-Request"):
        return render(request, "policies/_replay.html", _context(request, row))
    return redirect("policy-replay", row.pk)


@manages_policies
@require_POST
def stop(request: HttpRequest, replay_id: int) -> HttpResponse:
    replaying.stop(me(request), _found(replay_id))
    return redirect("policy-replay", replay_id)


def _context(request: HttpRequest, row: Replay) -> dict[str, Any]:
    found = flips(row)
    return {
        "section": "policies",
        "replay": row,
        "version": row.version,
        "policy": row.version.policy,
        "total": len(row.turns),
        "seconds": row.milliseconds / 1000,
        "flips": found,
        "more": row.flips.count() - len(found),
        "can_review": permissions.can_review(request.user),
    }


def _found(replay_id: int) -> Replay:
    row = Replay.objects.select_related("version__policy", "by").filter(pk=replay_id).first()
    if row is None:
        raise Http404("There is no such replay.")
    return row
