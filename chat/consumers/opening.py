"""Who opens a WebSocket, and whether from a page of ours: asked before it is accepted."""

import functools
import io
from collections.abc import Callable
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

# A socket's handshake is a GET; what its scope calls it depends on the server.
_SCHEMES = {"wss": "https", "https": "https"}


def ask(scope: Any, look: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """The answer of `look` to the handshake as a request, behind all of settings.MIDDLEWARE; or what one of these, or
    an exception such as Http404, makes of it. Queries the database.
    """
    scheme = _SCHEMES.get(scope.get("scheme", ""), "http")
    request = ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, io.BytesIO())
    request.look = look  # type: ignore[attr-defined]
    return _handler().get(request)


def from_here(request: HttpRequest) -> bool:
    """Whether the page that opens it is one of ours. A browser sends the cookies along from any page, and names the
    page it is; so the rule is that of a POST, with the same settings.
    """
    return "HTTP_ORIGIN" in request.META and CsrfViewMiddleware(_nothing)._origin_verified(request)  # type: ignore[attr-defined]


class _Handler(BaseHandler):
    """Decides about hosts, proxies, sessions and people as for any request, without a URL of its own."""

    def __init__(self) -> None:
        self.load_middleware()

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._middleware_chain(request)  # type: ignore[attr-defined]

    def _get_response(self, request: HttpRequest) -> HttpResponse:
        return request.look(request)  # type: ignore[attr-defined]


@functools.cache
def _handler() -> _Handler:
    return _Handler()


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
