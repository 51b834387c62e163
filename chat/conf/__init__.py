"""The one place that reads settings and builds objects from them."""

import functools
import os
import secrets
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from ..models import guards
from ..runner import LocalRunner, QueueRunner, Runner
from ..runner.queue import TASK
from ..streamlog import MemoryLog, StreamLog
from .checking import checkers, gate, is_warm, policy_definition, rules, warm
from .classifying import classifier
from .clients import client, endpoint, poster
from .database import in_database, processor, request_threads

if TYPE_CHECKING:
    from ..runner.feed import Feed

__all__ = [
    "LEASE", "ON_DRAIN", "OWNER", "PROBES", "RENEW", "SIGNALS", "TICK", "alone", "begin_drain", "checkers", "classifier", "client", "draining", "endpoint", "feed", "gate", "in_database", "is_warm", "log", "log_problem", "policy_definition", "poster",
    "processor", "queued", "ready", "request_threads", "rules", "runner", "warm",
]  # fmt: skip

LEASE = 10.0  # seconds a turn is held without renewal
RENEW = 3.0  # seconds between renewals
TICK = 0.04  # seconds: what arrives within one is one event

# Who holds a lease: this process, this time.
OWNER = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"

_draining = False


# What to do when another process says so, by the signal's name. Other layers add theirs.
SIGNALS: dict[str, Callable[[str], None]] = {}


@functools.cache
def log() -> StreamLog:
    if not settings.REDIS_URL:
        return MemoryLog()
    # Imported only here: a process that keeps its logs itself has no use for the client.
    from ..streamlog.redis_log import RedisLog

    # A turn that says nothing for as long as its provider may must not lose its log.
    keep = 300 + max(settings.CHAT_FIRST_BYTE_TIMEOUT, settings.CHAT_IDLE_TIMEOUT)
    return RedisLog(settings.REDIS_URL, keep=keep, on_signal=lambda name, value: SIGNALS[name](value))


def log_problem() -> str:
    """For readiness: what is wrong with the stream log, or nothing."""
    seconds, reason = log().trouble()
    return f"Redis (REDIS_URL) has not worked for {seconds:.0f} s: {reason}" if seconds else ""


def alone() -> bool:
    """Whether this process keeps the stream logs in its memory, and so must be the only one."""
    return not settings.REDIS_URL


def queued() -> bool:
    """Whether turns wait in a queue for worker processes; web processes then answer none."""
    return bool(settings.CHAT_RUNNER == "procrastinate")


@functools.cache
def runner() -> Runner:
    capacity = settings.CHAT_CAPACITY

    def elsewhere(turn: UUID) -> None:
        log().signal("stop", str(turn))

    made = (
        QueueRunner(_defer, elsewhere, capacity=capacity)
        if queued()
        else LocalRunner(elsewhere, capacity=capacity)
    )
    SIGNALS["stop"] = lambda turn: made.stop_here(UUID(turn))
    SIGNALS["start"] = lambda turn: made.start(UUID(turn))
    return made


def _defer(turn_id: UUID) -> None:
    from procrastinate.contrib.django import app

    # On the request's own connection, and so in its transaction.
    app.configure_task(TASK).defer(turn=str(turn_id))


@functools.cache
def feed() -> "Feed":
    """A worker's way to the queue: three connections of its own, for what is asynchronous."""
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params

    from ..runner.feed import Feed

    connector = PsycopgConnector(kwargs=connector_params(), min_size=0, max_size=2, timeout=3)
    return Feed(app.with_connector(connector), settings.CHAT_CAPACITY)


def draining() -> bool:
    return _draining


# Called, on the event loop, when this process begins to end. Other layers add theirs.
ON_DRAIN: list[Callable[[], None]] = []


def begin_drain() -> None:
    """This process is about to exit: every open stream ends with a word, so that its reader comes back elsewhere."""
    global _draining
    _draining = True
    log().wake()
    for tell in ON_DRAIN:
        tell()


# Probes by name; each says what is wrong, or nothing. Other layers add theirs.
PROBES: list[Callable[[], str]] = [log_problem]


def ready() -> list[str]:
    """What keeps this process from serving, in sentences; empty when it is ready."""
    problems = [f"guard missing: {name}" for name in guards.missing()]
    problems += ["shutting down"] if _draining else []
    return problems + [sentence for probe in PROBES if (sentence := probe())]
