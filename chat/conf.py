"""The one place that reads settings and builds objects from them."""

import asyncio
import functools
import json
import os
import secrets
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, connection

from . import endpoints, llm, moderation
from .llm.post import Poster
from .models import PolicyVersion, guards
from .runner import LocalRunner, QueueRunner, Runner
from .runner.queue import TASK
from .streamlog import MemoryLog, StreamLog

if TYPE_CHECKING:
    from .runner.feed import Feed

P = ParamSpec("P")
R = TypeVar("R")

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
    from .streamlog.redis_log import RedisLog

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

    from .runner.feed import Feed

    connector = PsycopgConnector(kwargs=connector_params(), min_size=0, max_size=2, timeout=3)
    return Feed(app.with_connector(connector), settings.CHAT_CAPACITY)


# An endpoint that was changed is another one; what still reads from the old client keeps it until its answer has ended.
@functools.lru_cache(maxsize=64)
def client(endpoint: llm.Endpoint) -> llm.Client:
    """The one client to an endpoint, for the life of the process: its connections are kept. Raises Misconfigured."""
    return llm.client_for(endpoint)


def endpoint() -> llm.Endpoint:
    """The one that the environment names."""
    return endpoints.environment()


@functools.cache
def poster() -> Poster:
    """What asks remote checkers."""
    return Poster()


def policy_definition() -> dict[str, Any]:
    """The checks the settings ask for, as a policy version stores them; secrets are named, never held."""
    checkers: list[dict[str, Any]] = [{"kind": "rules", "pack": "starter"}]
    if settings.CHAT_MODERATION_URL:
        # Where it is reached and with which key are today's: an old version must not send a new key elsewhere.
        checkers.append({"kind": "endpoint", "model": settings.CHAT_MODERATION_MODEL})
    found: dict[str, Any] = {"mode": "post", "checkers": checkers}
    # Named only where it is off: policies of before there was this setting stay what they are.
    return found if settings.CHAT_REASONING else found | {"reasoning": False}


def checkers(policy: PolicyVersion) -> list[moderation.Checker]:
    """The checkers a turn's policy requires, all of them."""
    return [_checker(item, policy) for item in policy.definition["checkers"]]


def gate(policy: PolicyVersion, kind: moderation.Kind) -> moderation.Gate:
    """The gate of one text of an answer that is shown as `kind`. Where the policy's rules are not `warm` yet, it takes long."""
    return rules(policy).gate(policy.definition["mode"], kind)


def rules(policy: PolicyVersion) -> moderation.PatternChecker:
    """The policy's pattern rules."""
    return _rules(json.dumps(next(item for item in policy.definition["checkers"] if item["kind"] == "rules")))


@functools.lru_cache(maxsize=16)
def _rules(item: str) -> moderation.PatternChecker:
    return moderation.PatternChecker(moderation.ruleset(json.loads(item)))


def warm(policy: PolicyVersion) -> None:
    """Make what a policy's rules are looked for with, in tenths of a second and more. Not on the event loop."""
    assert rules(policy).output


def _checker(item: dict[str, Any], policy: PolicyVersion) -> moderation.Checker:
    if item["kind"] == "rules":
        return rules(policy)
    return moderation.EndpointChecker(
        "moderation",
        poster().post,
        settings.CHAT_MODERATION_URL,
        settings.CHAT_MODERATION_KEY,
        item["model"],
        timeout=settings.CHAT_MODERATION_TIMEOUT,
    )


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run ORM work for a background task on the database's own threads, one hop for all of it.

    The connection is given back at the end: kept ones leak under ASGI.
    """

    def run() -> R:
        try:
            return function(*args, **kwargs)
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_database_threads(), run)


@functools.cache
def _database_threads() -> ThreadPoolExecutor:
    # SQLite has one writer: more threads would only wait for each other inside it.
    count = 1 if connection.vendor == "sqlite" else 4
    return ThreadPoolExecutor(max_workers=count, thread_name_prefix="database")


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
