"""How Redis is spoken to, what names are used there, and what counts as its failure."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

import msgpack
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError

log = logging.getLogger("chat.streamlog")

# Whatever else Redis says to a script of ours (full, loading, read-only after a failover, no right to) may pass too.
FAILURES = (RedisError, OSError, TimeoutError)

_CONNECT, _ANSWER, _CLOSE = 2.0, 3.0, 1.0  # seconds
_LONGEST = 2 * (_CONNECT + _ANSWER)  # with a script that has to be loaded first

Answer = TypeVar("Answer")


def connect(url: str) -> Redis:
    """A client that opens connections as it needs them, and retries nothing: each caller knows how to.

    For one task alone: where one task closes idle connections of a client, another may just have taken one of them, and
    finds it without a socket.
    """
    return Redis.from_url(
        url,
        protocol=2,
        socket_connect_timeout=_CONNECT,
        socket_timeout=_ANSWER,
        retry=Retry(NoBackoff(), 0),
        client_name="sluice",
    )


async def answered(asking: Awaitable[Answer], seconds: float = _LONGEST) -> Answer:
    """What the client answers, or TimeoutError where it does not keep its own limits.

    A connection that breaks in the moment in which the client gives it up has been seen to make it wait for ever, and to
    make it swallow a cancellation. So it is asked in a task of its own, which is left to itself then.
    """
    task = asyncio.ensure_future(asking)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.cancelled():
            raise ConnectionError("the client gave its connection up")  # and nobody has cancelled the caller
        if task.done():
            return task.result()
        raise TimeoutError(f"no answer within {seconds:g} s")
    finally:
        if not task.done():
            task.add_done_callback(lambda left: left.cancelled() or left.exception())
            task.cancel()


async def hang_up(client: Redis) -> None:
    """A connection that was good until now may lead to a server that is no master any more."""
    with contextlib.suppress(Exception):
        await answered(client.connection_pool.disconnect(inuse_connections=False), _CLOSE)


def script(name: str) -> str:
    return (Path(__file__).parent / f"{name}.lua").read_text(encoding="ascii")


def packed(values: Any) -> bytes:
    """MessagePack as Redis' scripts read it: texts and bytes alike."""
    found: bytes = msgpack.packb(values, use_bin_type=False)
    return found


def channels(client: Redis) -> tuple[str, str]:
    """The channels of wake-ups and of signals. Unlike keys they are not part of a numbered database by themselves."""
    database = client.connection_pool.connection_kwargs.get("db") or 0
    return f"sluice:{database}:wake", f"sluice:{database}:signal"


class Trouble:
    """Since when something has not worked, and why; and how long to wait before it is tried again."""

    _FIRST, _MOST = 0.05, 1.0  # seconds

    def __init__(self, words: str) -> None:
        """`words`: what it means when it does not work, for whoever reads the log of the process."""
        self._words = words
        self._since: float | None = None
        self._pause = 0.0
        self.reason = ""

    def begins(self, error: Exception) -> None:
        """Note a failure; the first one is told. One that is none of Redis' is a mistake in here or in its client: each is
        told in full.
        """
        first = self._since is None
        if first:
            self._since, self._pause = time.monotonic(), self._FIRST
        self.reason = str(error) or type(error).__name__
        if not isinstance(error, FAILURES):
            log.error("%s", self, exc_info=error)
        elif first:
            log.warning("%s", self)

    def __str__(self) -> str:
        return f"{self._words}: {self.reason or 'no answer'}"

    def ends(self) -> float:
        """Note a success; for how long there had been trouble, in seconds."""
        lasted, self._since = self.seconds, None
        return lasted

    @property
    def seconds(self) -> float:
        return 0.0 if self._since is None else max(time.monotonic() - self._since, 0.001)

    def pause(self) -> float:
        """Seconds until the next try, doubling."""
        pause, self._pause = self._pause, min(2 * self._pause, self._MOST)
        return pause
