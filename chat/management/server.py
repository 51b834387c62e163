"""uvicorn as Sluice runs it: one process, its own socket, and streams that end when the process is to end."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from django.core.exceptions import ImproperlyConfigured

from .. import cycles
from . import exiting

GRACE = 5  # seconds a request may still take once the process is to end
HAND_OVER = 10  # seconds that handing over its turns may take after that
UNSENT = (
    128 * 1024
)  # bytes the kernel may hold for a reader; left to itself it takes several megabytes for each
FRAME = 16 * 1024  # bytes of a message that a page may send over a WebSocket
PING = 20  # seconds between pings of a WebSocket, and until one must have been answered
STUCK = 30  # seconds a reader may take nothing of what was sent to it, before its connection is cut


def bind(host: str, port: int, name: str = "PORT") -> socket.socket:
    """The address taken, but not answered yet. Raises ImproperlyConfigured with the setting to change, which is `name`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ImproperlyConfigured(
            f"HOST is {host!r}, which is no address here ({error.strerror})."
        ) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Every connection inherits these.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK * 1000)
        listener.bind(address)
        return listener
    except OSError as error:
        listener.close()
        raise ImproperlyConfigured(_refusal(host, port, name, error)) from None


def _refusal(host: str, port: int, name: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"{name} is {port}, and on {host} another program already uses it; choose another, for example {name}={port + 1}."
    if error.errno == errno.EACCES:
        return f"{name} is {port}, which this user may not use; choose one above 1023."
    return f"HOST is {host!r}, and port {port} cannot be opened there ({error.strerror})."


class Server(uvicorn.Server):
    """Announces when the port answers. At the first signal streams are told to end, and with them their
    connections; without that uvicorn would wait GRACE seconds for readers that never leave."""

    def __init__(self, application: str, *, ready: Callable[[], None], drain: Callable[[], None]) -> None:
        self._ready, self._drain = ready, drain
        super().__init__(
            uvicorn.Config(
                application,
                loop="uvloop",
                http="httptools",
                ws="websockets-sansio",
                # Squeezing small messages costs memory and time for each socket, and event streams do not.
                ws_max_size=FRAME,
                ws_per_message_deflate=False,
                ws_ping_interval=PING,
                ws_ping_timeout=PING,
                lifespan="on",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                # chat.middleware.trusted_proxy decides whom to believe.
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE,
            )
        )

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            cycles.seldom()
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Not super(): it would raise the signal again at the end, and an orderly end would look like a crash.
        # A second Ctrl+C means now; a second SIGTERM is a process manager that told make and us.
        self.force_exit = self.should_exit and sig == signal.SIGINT
        if not self.should_exit:
            exiting.within(GRACE + HAND_OVER)
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._drain)
