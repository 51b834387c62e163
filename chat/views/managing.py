"""The pages of those who set up policies: everybody else is sent to sign in, or told who may."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from .. import permissions
from ..models import Policy, PolicyVersion
from .guard import signed_in


def manages_policies(view: Callable[..., Any]) -> Callable[..., Any]:
    return _for(permissions.check_can_manage_policies, view)


def reads_policies(view: Callable[..., Any]) -> Callable[..., Any]:
    """For those who decide by them, too."""
    return _for(permissions.check_can_read_policies, view)


def _for(check: Callable[[Any], None], view: Callable[..., Any]) -> Callable[..., Any]:
    @never_cache
    @signed_in
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        check(request.user)
        return view(request, *args, **kwargs)

    return guarded


def found_policy(policy_id: int) -> Policy:
    """With its versions that judge, or Http404."""
    row = Policy.objects.select_related("active__author", "shadow").filter(pk=policy_id).first()
    if row is None:
        raise Http404("There is no such policy.")
    return row


def found_version(policy_id: int, number: int) -> PolicyVersion:
    """With its policy and what that has on, or Http404."""
    rows = PolicyVersion.objects.select_related("policy__active", "policy__shadow", "author")
    row = rows.filter(policy=policy_id, number=number).first()
    if row is None:
        raise Http404("There is no such version.")
    return row
