"""Small middleware of ours, able to run on either side of Django's async bridge without a thread hop."""

import ipaddress
import zoneinfo
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.decorators import sync_and_async_middleware

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


# What these say depends on no name and holds no address.
PROBED = frozenset({"/healthz", "/readyz", "/metrics"})


def _around(get_response: Callable[..., Any], before: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    if iscoroutinefunction(get_response):

        async def run_async(request: HttpRequest) -> HttpResponseBase:
            with before(request):
                return await get_response(request)

        return run_async

    def run(request: HttpRequest) -> HttpResponseBase:
        with before(request):
            return get_response(request)

    return run


def _then(
    get_response: Callable[..., Any], after: Callable[[HttpRequest, HttpResponseBase], HttpResponseBase]
) -> Callable[..., Any]:
    if iscoroutinefunction(get_response):

        async def run_async(request: HttpRequest) -> HttpResponseBase:
            return after(request, await get_response(request))

        return run_async
    return lambda request: after(request, get_response(request))


class _Nothing:
    def __enter__(self) -> None: ...
    def __exit__(self, *error: object) -> None: ...


@sync_and_async_middleware
def trusted_proxy(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Believe X-Forwarded-* from TRUSTED_PROXIES only; REMOTE_ADDR becomes the client's address."""
    networks = [ipaddress.ip_network(word, strict=False) for word in settings.TRUSTED_PROXIES]

    def before(request: HttpRequest) -> _Nothing:
        try:
            peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
        except ValueError:
            peer = None
        if peer is not None and any(peer in network for network in networks):
            # The last entry is the one our own proxy wrote; those before it are the client's words.
            client = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            if client:
                request.META["REMOTE_ADDR"] = client
        else:
            for name in _FORWARDED:
                request.META.pop(name, None)
        return _Nothing()

    return _around(get_response, before)


@sync_and_async_middleware
def probes_by_any_name(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever asks how this process is asks it by an address of its own, which ALLOWED_HOSTS need not have."""
    name = next((host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")

    def before(request: HttpRequest) -> _Nothing:
        if request.path in PROBED:
            request.META["HTTP_HOST"] = name
        return _Nothing()

    return _around(get_response, before)


@sync_and_async_middleware
def cookies_stay_on_tls(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """What is set over TLS is sent over nothing else, also where no setting says that there is TLS."""

    def after(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return _then(get_response, after)


@sync_and_async_middleware
def content_security_policy(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """CONTENT_SECURITY_POLICY on every answer. django-csp's own middleware builds the same words anew for each of them,
    in 60 µs; nothing here uses what they could differ by.
    """
    policy = build_policy()

    def after(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        # Django's pages for a programmer have styles and scripts of their own.
        if not (settings.DEBUG and response.status_code in (404, 500)):
            response.headers.setdefault(HEADER, policy)
        return response

    return _then(get_response, after)


@sync_and_async_middleware
def own_time_zone(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Days and hours as the person's browser counts them, told by the cookie `tz`."""

    def before(request: HttpRequest) -> Any:
        try:
            zone = zoneinfo.ZoneInfo(request.COOKIES["tz"])
        except (KeyError, ValueError, OSError):
            return _Nothing()
        return timezone.override(zone)

    return _around(get_response, before)
