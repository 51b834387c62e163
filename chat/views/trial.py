"""What `manage.py check_streaming` reads: a stream of known times, for whoever knows SECRET_KEY."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from .. import trial
from .stream import HEADERS, EventStream


@require_safe
def streaming_check(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """As the stream of a turn, to the last header. Asks the database nothing."""
    token = request.headers.get(trial.HEADER)
    if not token:
        raise Http404("There is no such page.")
    if not trial.known(token):
        return HttpResponse(trial.UNKNOWN, status=403, content_type="text/plain; charset=utf-8")
    try:
        silence = float(request.GET.get("silence", 0))
    except ValueError:
        silence = 0.0
    body = trial.stream(trial.seen(request), silence, "sse")
    return EventStream(body, content_type="text/event-stream", headers=HEADERS)
