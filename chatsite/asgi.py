"""Sluice as an ASGI application: Django's, with a handler that lets many streams share few threads."""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django.setup(set_prefix=False)

from asgiref.sync import ThreadSensitiveContext, sync_to_async  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.handlers.asgi import ASGIHandler, ASGIRequest  # noqa: E402
from django.db import connections  # noqa: E402
from django.http import FileResponse, HttpRequest  # noqa: E402
from django.http.response import HttpResponseBase  # noqa: E402

from chat import conf, sweep, turns  # noqa: E402
from chat.management import single  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

THREADS = 8
_WORKER = "sluice.worker"


class _Worker:
    """One thread, so its database connection is one too; `requests` that may still need it."""

    def __init__(self, number: int) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix=f"request-{number}")
        self.requests = 0


class Handler(ASGIHandler):
    """Django's handler gives each request a thread and keeps it, with its database connection, until the body
    has been sent: 200 open streams are 200 threads and 200 connections. Here requests share THREADS of them, and
    a stream gives its connection back before its body is sent, so nothing under a stream's generator may query.
    """

    def __init__(self) -> None:
        super().__init__()
        self._workers = [_Worker(number) for number in range(THREADS)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        worker = min(self._workers, key=lambda each: each.requests)
        worker.requests += 1
        scope = {**scope, _WORKER: worker}
        try:
            async with ThreadSensitiveContext(executor=worker.executor):
                await self.handle(scope, receive, send)
        finally:
            _leave(scope)

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        response = await super().run_get_response(request)
        # A file's body is over soon; a stream's may stay open for minutes.
        if response.streaming and not isinstance(response, FileResponse):
            await sync_to_async(connections.close_all)()
            _leave(cast(Scope, cast(ASGIRequest, request).scope))
        return response


def _leave(scope: Scope) -> None:
    if worker := scope.pop(_WORKER, None):
        worker.requests -= 1


class Application:
    """Routes the ASGI protocols, and starts the background work once: with the lifespan where the server has
    one (uvicorn), else with the first request (daphne)."""

    def __init__(self) -> None:
        self._http = Handler()
        self._starting: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._start()
            await self._http(scope, receive, send)
        else:
            await send({"type": f"{scope['type']}.close"})

    async def _start(self) -> None:
        if self._starting is None:
            self._starting = asyncio.ensure_future(_start())
        if not self._starting.done():
            # Shielded: the first reader going away must not undo the start for all.
            await asyncio.shield(self._starting)
        self._starting.result()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await self._start()
                except ImproperlyConfigured as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await send({"type": "lifespan.startup.complete"})
            else:
                await sweep.shut_down()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _start() -> None:
    single.hold(settings.DATA_DIR)
    # Alone with the data: whoever held a turn before is dead, and the sweep need not wait for its lease.
    await conf.in_database(turns.void_leases)
    sweep.ensure_running()


application = Application()
