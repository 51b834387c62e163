"""A trial of the way between a browser and this site. `manage.py check_streaming` asks for it, proving that it knows
SECRET_KEY; the site answers with a stream whose times are known, and with what it saw of the request.
"""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest

from . import conf

PATH, SOCKET_PATH = "streaming-check/", "ws/streaming-check/"
HEADER = "X-Streaming-Check"
AGE = 600  # seconds a token is good for, and so how far the clocks of two machines may be apart
BEATS, APART = 8, 0.25  # pieces of text, and seconds between two
LONGEST = 300.0  # seconds of silence that may be asked for
UNKNOWN = "The token was not signed with this site's SECRET_KEY, or long ago."
_LOOK = 0.5  # seconds between looks whether this process is about to end

_signer = TimestampSigner(salt="sluice.streaming-check")


def token() -> str:
    return _signer.sign("check")


def known(token: str) -> bool:
    try:
        return _signer.unsign(token, max_age=AGE) == "check"
    except BadSignature:
        return False


def seen(request: HttpRequest) -> dict[str, Any]:
    """What has arrived of a request."""
    return {
        "http": getattr(request, "scope", {}).get("http_version", ""),
        "host": request.headers.get("Host", ""),
        "secure": request.is_secure(),
        "address": request.META.get("REMOTE_ADDR", ""),
        "last_event_id": request.headers.get("Last-Event-ID", ""),
    }


async def stream(seen: dict[str, Any], silence: float, framing: str) -> AsyncGenerator[bytes, None]:
    """`seen`, then BEATS pieces APART; after that so many seconds of silence, if any, and the end."""
    began = time.monotonic()
    yield _framed("seen", seen, framing)
    for beat in range(1, BEATS + 1):
        await asyncio.sleep(max(0.0, began + beat * APART - time.monotonic()))
        yield _framed("beat", {"at": time.monotonic() - began}, framing)
    until = time.monotonic() + min(silence, LONGEST)
    while (left := until - time.monotonic()) > 0 and not conf.draining():  # noqa: ASYNC110  no event says so
        await asyncio.sleep(min(left, _LOOK))
    yield _framed("interrupted" if conf.draining() else "end", {}, framing)


def _framed(name: str, data: dict[str, Any], framing: str) -> bytes:
    if framing == "websocket":
        return json.dumps({"event": name, "data": data}).encode()
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
