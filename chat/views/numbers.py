"""The numbers of the review desk, drawn, each with its table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from .. import permissions
from ..reviews import numbers as counting
from . import charts, desk
from .account import me


@desk.at_the_desk(permissions.check_can_see_numbers)
@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in {str(each) for each in counting.RANGES} else counting.RANGES[1]
    found = counting.numbers(me(request), days)
    bars = [(date_format(day, "j M"), counts) for day, counts in found.days]
    table = [(name, [counts[reason] for reason in found.reasons], counts.total()) for name, counts in bars]
    context = desk.context(
        request, "numbers", days=days, ranges=counting.RANGES, found=found, table=table,
        per_day=charts.stacked("Cases per day, by reason", bars, found.reasons, "cases"),
        waits=charts.lying(found.waits), exposure=charts.lying(found.exposure),
        median=_span(found.median),
        reads=permissions.can_open_desk(request.user),
    )  # fmt: skip
    return render(request, "review/numbers.html", context)


def _span(seconds: int | None) -> str:
    """In the largest unit that fits: “12 minutes”."""
    if seconds is None:
        return ""
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "a minute"
