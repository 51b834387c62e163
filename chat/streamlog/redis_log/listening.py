"""The one waking connection of a process, however many readers it has."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError

from ..base import Signal
from .connection import Trouble, answered, channels

log = logging.getLogger("chat.streamlog")

SILENCE = 3.0  # seconds without a word before the server is asked for one


class Listening:
    """Hears which logs other processes have written to, and their signals; what this one says itself it skips."""

    def __init__(
        self, client: Redis, sender: bytes, on_wake: Callable[[bytes], None], on_connect: Callable[[], None],
        on_signal: Signal, trouble: Trouble,
    ) -> None:  # fmt: skip
        self._client, self._sender, self._trouble = client, sender, trouble
        self._on_wake, self._on_connect, self._on_signal = on_wake, on_connect, on_signal
        self._wakes, self._signals = (name.encode() for name in channels(client))

    async def run(self) -> None:
        while True:
            connection = self._client.pubsub()
            try:
                await answered(connection.subscribe(self._wakes, self._signals))
                await self._hear(connection)
            except Exception as error:  # whatever it is, what others write is to be heard again
                self._trouble.begins(error)
                await asyncio.sleep(self._trouble.pause())
            finally:
                with contextlib.suppress(Exception):
                    await answered(connection.aclose())

    async def _hear(self, connection: PubSub) -> None:
        asked = False
        while True:
            message = await answered(connection.get_message(timeout=SILENCE), 2 * SILENCE)
            if message is None:
                if asked:
                    raise ConnectionError(f"no word within {2 * SILENCE:g} s")
                await answered(connection.ping())
                asked = True
                continue
            asked = False
            if message["type"] == "message":
                self._take(message["channel"], message["data"])
            elif message["type"] == "subscribe":
                if lasted := self._trouble.ends():
                    log.info("Redis is heard again, after %.1f s", lasted)
                self._on_connect()

    def _take(self, channel: bytes, data: bytes) -> None:
        if data.startswith(self._sender):
            return
        rest = data[len(self._sender) :]
        if channel == self._wakes:
            self._on_wake(rest)
            return
        try:
            name, value = json.loads(rest)
            self._on_signal(name, value)
        except Exception:
            # Nothing another process says may end the one connection of this one.
            log.exception("a signal could not be carried out")


def signal_of(sender: bytes, name: str, value: str) -> bytes:
    return sender + json.dumps([name, value]).encode()
