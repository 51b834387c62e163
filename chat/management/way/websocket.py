"""A WebSocket as a browser opens it (RFC 6455), as far as a trial needs: a handshake, and small frames read."""

import base64
import http.client
import json
import os
import time
from collections.abc import Iterator
from typing import Any

from ... import trial
from .reach import BROKEN, TIMEOUT, Site


class Refused(Exception):
    """It was not opened: the status of the answer, and its first words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def frames(site: Site, token: str) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """As `reach.Answer.events`. Raises Refused, Unreachable, and one of BROKEN."""
    connection = site.connect(TIMEOUT)
    try:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {site.prefix}/{trial.SOCKET_PATH} HTTP/1.1", f"Host: {site.name}", f"Origin: {site.origin}",
            "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
            f"{trial.HEADER}: {token}", "", "",
        ]  # fmt: skip
        connection.sendall("\r\n".join(lines).encode())
        file = connection.makefile("rb")
        status = int(file.readline(1000).split()[1])
        headers = http.client.parse_headers(file)
        if status != 101:
            size = min(int(headers.get("Content-Length", 0)), 300)
            raise Refused(status, file.read(size).decode("utf-8", "replace").strip())
        while frame := _frame(file):
            yield time.monotonic(), frame["event"], frame["data"]
    except IndexError:
        raise http.client.BadStatusLine("no HTTP") from None
    finally:
        connection.close()


def _frame(file: Any) -> dict[str, Any] | None:
    """The next text frame as JSON; None where the socket closes."""
    while True:
        head = file.read(2)
        if len(head) < 2:
            raise http.client.IncompleteRead(head)
        size = head[1] & 127
        if size == 126:
            size = int.from_bytes(file.read(2))
        data = file.read(size)
        if head[0] & 15 == 8:
            return None
        if head[0] & 15 == 1:
            return dict(json.loads(data))


__all__ = ["BROKEN", "Refused", "frames"]
