"""What `manage.py check_streaming` opens: a WebSocket of known times, for whoever knows SECRET_KEY."""

from collections.abc import AsyncGenerator

from django.http import HttpRequest, HttpResponse

from .. import trial
from .base import FOREIGN, Socket, sentence
from .opening import from_here


class TrialSocket(Socket):
    """Let in by a token in place of a session; else as every socket, from a page of this site alone."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        if not from_here(request):
            return sentence(FOREIGN, 403)
        if not trial.known(request.headers.get(trial.HEADER, "")):
            return sentence(trial.UNKNOWN, 401)
        self._seen = trial.seen(request)
        return HttpResponse()

    def frames(self) -> AsyncGenerator[bytes, None]:
        return trial.stream(self._seen, 0.0, "websocket")
