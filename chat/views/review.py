"""The queue of the review desk: its pages, what is new in it, and the next case."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from .. import moments, permissions, reviews
from ..models import Case
from . import desk
from .account import me
from .ids import uuid_of


@desk.reads
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    wanted = reviews.Filter.of(request.GET)
    viewer = me(request)
    page = reviews.page(viewer, wanted, request.GET.get("after", ""))
    counts = reviews.lane_counts(viewer)
    lanes = [
        (lane, title, counts.get(lane), wanted.lane == lane, reviews.Filter(lane=lane).query())
        for lane, title in reviews.LANES.items()
    ]
    context = desk.context(
        request, "queue", page=page, wanted=wanted, lanes=lanes, most=reviews.MOST, sorts=reviews.SORTS.items(),
        facets=reviews.facets(wanted, viewer), query=wanted.query(), may_review=permissions.can_review(viewer),
        cleared=reviews.Filter(lane=wanted.lane, sort=wanted.sort).query(), total=counts.get(wanted.lane),
    )  # fmt: skip
    return render(request, "review/queue.html", context)


@desk.reads
@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """What an open page of the queue lacks: how many have come `since`, and the cases it shows (`ids`) as they are now."""
    wanted, viewer = reviews.Filter.of(request.GET), me(request)
    since = moments.moment_of(request.GET.get("since", ""))
    context = {
        "count": reviews.newer(viewer, wanted, since) if since else 0,
        "entries": reviews.some(viewer, desk.ids(request.GET.get("ids", ""))),
        "query": wanted.query(),
        "may_review": permissions.can_review(viewer),
        "wanted": wanted,
    }
    return render(request, "review/_news.html", context)


@desk.reviews_cases
@require_POST
def next_case(request: HttpRequest) -> HttpResponse:
    """Claim the best case of the filter that is posted. With `leave`, a case that is left for later: the one behind it."""
    wanted, behind = reviews.Filter.of(request.POST), None
    if leave := uuid_of(request.POST.get("leave")):
        behind = Case.objects.filter(pk=leave).first()
        reviews.let_go(me(request), leave)
    found = reviews.next_case(me(request), wanted, behind)
    if found is None:
        messages.info(request, "Nothing is waiting that nobody else is at.")
        return redirect(f"{_queue()}?{wanted.query()}")
    query = wanted.query()
    return redirect(f"{_case(found)}?{query}" if query else _case(found))


def _queue() -> str:
    return reverse("review")


def _case(case: Case) -> str:
    return reverse("case", args=[case.pk])
