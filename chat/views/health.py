"""For machines: is the process alive, may it be sent people, and its numbers."""

import hmac
import ipaddress

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import conf, metrics, reviews

# Any of these says that somebody stands between us and the reader, whoever they are.
_FORWARDING = {
    b"forwarded",
    b"via",
    b"x-real-ip",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nothing else, or a slow database would have it killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when people may be sent here, else 503 with a line for each problem."""
    found = _problems()
    text = "\n".join(found) or "ready"
    return HttpResponse(f"{text}\n", content_type="text/plain", status=503 if found else 200)


@never_cache
@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """The numbers, for this machine itself or for who knows METRICS_TOKEN; for others there is no such page."""
    if not (_from_this_machine(request) or _knows_token(request)):
        raise Http404("There is no such page.")
    metrics.cases_open.set(reviews.open_count())
    metrics.log_trouble.set(conf.log().trouble()[0])
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _problems() -> list[str]:
    try:
        return conf.ready()
    except DatabaseError:
        return ["the database does not answer"]


def _from_this_machine(request: HttpRequest) -> bool:
    try:
        local = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    # The headers as they came: the middleware has removed from META what it does not believe.
    came = {name.lower() for name, _ in getattr(request, "scope", {}).get("headers", [])}
    return local and not came & _FORWARDING and not any(_meta(name) in request.META for name in _FORWARDING)


def _meta(name: bytes) -> str:
    return "HTTP_" + name.decode("ascii").upper().replace("-", "_")


def _knows_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not settings.METRICS_TOKEN or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
