"""The port on which a worker says how it is: /healthz, /readyz and /metrics, as those of a web process."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, connections
from django.http import Http404, HttpResponse
from django.urls import resolve

PATHS = {"/healthz", "/readyz", "/metrics"}
PATIENCE = 5.0  # seconds a caller may be silent: one is answered after the other


def open_at(listener: socket.socket) -> None:
    """Answer there from now on, in a thread of its own: also when the event loop is stuck, and says so then."""
    host, port = listener.getsockname()[:2]
    server = WSGIServer((host, port), _Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    server.server_name, server.server_port = host, port
    server.setup_environ()
    server.set_app(_answer)
    server.server_activate()
    threading.Thread(target=server.serve_forever, name="lookout", daemon=True).start()


class _Quiet(WSGIRequestHandler):
    timeout = PATIENCE

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: it is asked every few seconds."""

    def address_string(self) -> str:
        return str(self.client_address[0])

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the caller went away, or said nothing
            super().handle()


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The pages of a web process without what comes before them there: a caller of these has no session."""
    if environ["PATH_INFO"] not in PATHS:
        response = HttpResponse("A worker has /healthz, /readyz and /metrics.\n", status=404)
    else:
        response = _page(environ)
    headers = [*response.items(), ("Content-Length", str(len(response.content)))]
    start_response(f"{response.status_code} {response.reason_phrase}", headers)
    return [response.content]


def _page(environ: dict[str, Any]) -> HttpResponse:
    # By its address: views are beside this, not below it.
    view, arguments, names = resolve(environ["PATH_INFO"])
    try:
        response: HttpResponse = view(WSGIRequest(environ), *arguments, **names)
        return response
    except Http404:
        return HttpResponse("There is no such page.\n", status=404)
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503)
    finally:
        connections.close_all()
