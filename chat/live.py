"""Tells a person's open pages, in every tab, on every device and at every process, that they may have changed; and those
of the review desk.

A hint says only "look again": a kind and the id of a conversation or a case, never a text or a title, for what has not
passed must not travel here. It may be lost: a page also looks when it is opened, and when it is come back to.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import threading
import time
from typing import Any, Literal
from uuid import UUID

from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger("chat.live")

# `turns`: an answer of the conversation began, ended or was decided upon, another branch is shown, or it was
# deleted; `list`: what the list of conversations says about it; `cases`, to the desk: a case was opened, claimed or changed.
Kind = Literal["turns", "list", "cases"]
KIND = "live.hint"  # the messages' type, by which a consumer names their handler

DESK = "desk"  # the channel layer's group of all open pages of the review desk

PAUSE = 0.05  # seconds in which all hints for one group become one message
PATIENCE = 2.0  # seconds the channel layer has to take a message
QUIET = 60.0  # seconds between two words about a layer that does not take them

_lock = threading.Lock()
_pending: dict[str, dict[Kind, set[str]]] = {}
_sending: set[asyncio.Task[None]] = set()
_loop: asyncio.AbstractEventLoop | None = None
_said_at = 0.0


def bind(loop: asyncio.AbstractEventLoop) -> None:
    """The event loop that sends hints. Until there is one, hints go nowhere."""
    global _loop
    with _lock:
        _loop = loop
        _pending.clear()


def group(person: int) -> str:
    """The channel layer's group of all open pages of this person."""
    return f"person.{person}"


def tell(person: int, conversation: UUID, kind: Kind) -> None:
    """Hint to this person's pages, once the running transaction has committed. From any thread; it neither waits
    nor raises: it costs a view or a turn a wake-up of the loop, and mostly not even that.
    """
    _tell(group(person), str(conversation), kind)


def tell_desk(case: UUID) -> None:
    """The same to the pages of whoever reviews."""
    _tell(DESK, str(case), "cases")


def _tell(to: str, what: str, kind: Kind) -> None:
    def hint() -> None:
        _gather(to, what, kind)

    if _in_a_loop():
        hint()
    else:
        transaction.on_commit(hint, robust=True)


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _gather(to: str, what: str, kind: Kind) -> None:
    with _lock:
        if _loop is None:
            return
        first = not _pending
        _pending.setdefault(to, {}).setdefault(kind, set()).add(what)
        loop = _loop
    if first:
        with contextlib.suppress(RuntimeError):  # the loop has been closed: this process is ending
            loop.call_soon_threadsafe(loop.call_later, PAUSE, _send)


def _send() -> None:
    with _lock:
        told = dict(_pending)
        _pending.clear()
    # A fresh context: that of a request would keep what it holds alive.
    task = asyncio.get_running_loop().create_task(_publish(told), name="live", context=contextvars.Context())
    _sending.add(task)
    task.add_done_callback(_sending.discard)


async def _publish(told: dict[str, dict[Kind, set[str]]]) -> None:
    layer: Any = get_channel_layer()
    try:
        for to, hints in told.items():
            async with asyncio.timeout(PATIENCE):
                message = {"type": KIND} | {str(kind): sorted(ids) for kind, ids in hints.items()}
                await layer.group_send(to, message)
    except Exception as error:
        # Whatever the layer's server has: nobody waits for a hint, and the pages look again by themselves.
        complain(error)


def complain(error: Exception) -> None:
    """A word to the operator about a channel layer that does not work, now and then."""
    global _said_at
    now = time.monotonic()
    if not _said_at or now - _said_at > QUIET:
        _said_at = now
        log.warning("other tabs and devices are not told what changes, they look by themselves: %r", error)
