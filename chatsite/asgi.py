"""Sluice as an ASGI application: Django's, with a handler that lets many streams share few threads."""

import asyncio
import contextlib
import contextvars
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
# uvloop looks up hosts' names on threads of its own: four, unless it is told.
os.environ.setdefault("UV_THREADPOOL_SIZE", "2")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.core.exceptions import ImproperlyConfigured, RequestAborted, RequestDataTooBig  # noqa: E402
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix  # noqa: E402
from django.core.handlers.base import BaseHandler  # noqa: E402
from django.core.signals import request_finished, request_started  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.http.response import HttpResponseBase  # noqa: E402
from django.urls import set_script_prefix  # noqa: E402
from servestatic.middleware import ServeStaticMiddleware  # noqa: E402

from chat import conf, routing, sweep, turns  # noqa: E402
from chat.management import presence, single  # noqa: E402
from chat.threads.visiting import SWITCH  # noqa: E402
from chatsite.room import with_room  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

MOST = 2 * 2**20  # bytes of a request's body


class Handler(ASGIHandler):
    """Django's handler gives each request a thread and keeps it, with its database connection, until the body
    has been sent: 200 open streams are 200 threads and 200 connections. And it goes to that thread and back for every
    middleware: 18 times, 2 ms of CPU. Here requests share a few of them (chat/threads), the whole of middleware and view is one
    visit, and the connection is given back before the body is sent: nothing under a stream's generator may query.

    A response may have a coroutine function `ready`: what is to happen, on no thread, before it is sent.
    """

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._static = ServeStaticMiddleware(self._visit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(_bounded(receive))
        except RequestAborted:
            return
        except RequestDataTooBig:
            await self.send_response(_too_large(), send)
            return
        with body:
            set_script_prefix(get_script_prefix(scope))
            request, refusal = self.create_request(scope, body)
            response = await self._static(request) if request is not None else refusal
            assert response is not None
            if request is not None:
                # Its user, messages and htmx hold it, and it them; and for a stream all of it would be kept.
                vars(request).clear()
            if ready := getattr(response, "ready", None):
                await ready()
            try:
                await _while_connected(receive, self.send_response(response, send), response.streaming)
            finally:
                _close(response)

    async def _visit(self, request: HttpRequest) -> HttpResponseBase:
        return await conf.request_threads().run(self._respond, request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        request_started.send(sender=self.__class__, scope=cast(ASGIRequest, request).scope)
        response = self.get_response(request)
        response._handler_class = self.__class__  # type: ignore[attr-defined]
        # Also for a stream, whose own end comes much later: it is what gives the connection back.
        request_finished.send(sender=self.__class__)
        return response


def _bounded(receive: Receive) -> Receive:
    """`receive` that raises RequestDataTooBig past MOST bytes: Django bounds a form, and reads anything else whole."""
    size = 0

    async def receive_bounded() -> Any:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MOST:
            raise RequestDataTooBig
        return message

    return receive_bounded


def _too_large() -> HttpResponse:
    text = f"This request is larger than the {MOST // 2**20} MiB that are taken here."
    # What is still on its way is not read: the connection has no further use.
    return HttpResponse(text, status=413, content_type="text/plain", headers={"Connection": "close"})


async def _while_connected(receive: Receive, sending: Coroutine[Any, Any, None], streaming: bool) -> None:
    """Send, and stop a stream when its reader goes away."""
    if not streaming:
        await sending
        return
    task, gone = asyncio.current_task(), False
    assert task is not None

    def leave(_: object) -> None:
        nonlocal gone
        gone = True
        task.cancel()

    reader = asyncio.ensure_future(receive())
    reader.add_done_callback(leave)
    try:
        await sending
    except asyncio.CancelledError:
        # Somebody else's cancellation that came as well goes on as one.
        if not gone or task.uncancel():
            raise
    finally:
        reader.remove_done_callback(leave)
        reader.cancel()


def _close(response: HttpResponseBase) -> None:
    """As `response.close()`, without its signal: that was sent on the thread whose connection it gives back."""
    for closer in response._resource_closers:  # type: ignore[attr-defined]
        with contextlib.suppress(Exception):
            closer()
    response._resource_closers.clear()  # type: ignore[attr-defined]
    response.closed = True


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
            await self._http(scope, receive, with_room(send))
        elif scope["type"] == "websocket":
            await self._start()
            await routing.router(scope, receive, with_room(send))
        else:
            raise ValueError(f"Sluice speaks no {scope['type']}.")

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


_kept: list[asyncio.Task[None]] = []


async def _start() -> None:
    sys.setswitchinterval(SWITCH)
    if conf.alone() and settings.ONE_PROCESSOR:
        # Beside others of its kind it would have to know where those are.
        conf.processor.settle()
        _keep(conf.processor.stay_or_move(), "processor")
    # For what would hold up the loop: long texts, packed files. Left alone it makes up to 32 threads.
    asyncio.get_running_loop().set_default_executor(
        ThreadPoolExecutor(2, thread_name_prefix="text", initializer=conf.processor.let_off)
    )
    single.hold(settings.DATA_DIR, alone=conf.alone())
    await asyncio.to_thread(presence.hold, alone=conf.alone())
    _keep(presence.keep(alone=conf.alone()), "presence")
    if conf.alone():
        # Whoever held a turn before is dead, and the sweep need not wait for its lease.
        await conf.in_database(turns.void_leases)
    sweep.ensure_running()


def _keep(work: Coroutine[Any, Any, None], name: str) -> None:
    """Have it done beside everything else, for as long as this process serves."""
    _kept.append(asyncio.get_running_loop().create_task(work, name=name, context=contextvars.Context()))


application = Application()
