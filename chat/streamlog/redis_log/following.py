"""What this process knows of the logs its readers follow: one look for all of them that have changed."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from ... import metrics
from ...events import Cursor, Event
from ..base import Unreachable
from ..kept import Events
from ..record import Record
from .connection import Trouble, answered, hang_up, packed, script
from .entries import event

log = logging.getLogger("chat.streamlog")

PACE = 0.01  # seconds between two looks, unless somebody waits for one
MOST = 300  # logs in one look
POLL = 2.0  # seconds: the net below wake-ups that were lost
_READ = 1.0  # seconds a reader waits for a look
_IDLE = 20.0  # seconds after which a log that nobody follows is forgotten here


@dataclass(slots=True)
class Mirror(Record):
    """A log as this process last saw it. Looks are counted: what is `wanted` must be seen before it is read."""

    turn: UUID = field(kw_only=True)
    wanted: int = 1
    seen: int = 0
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    used: float = field(default_factory=time.monotonic)

    @property
    def stale(self) -> bool:
        return self.seen < self.wanted


class Following:
    def __init__(self, client: Redis, trouble: Trouble) -> None:
        self._script = client.register_script(script("look"))
        self._client, self._trouble = client, trouble
        self._mirrors: dict[str, Mirror] = {}  # by the id in hexadecimal: that is how wake-ups name a turn
        self._dirty: set[str] = set()
        self._more, self._hurry = asyncio.Event(), asyncio.Event()
        self._poll_at = 0.0
        self._told_at = 0.0  # since when there is news that has not been looked at; 0: none

    def of(self, turn: UUID) -> Mirror:
        """The turn's mirror; from now on it is kept up to date."""
        mirror = self._mirrors.get(turn.hex)
        if mirror is None:
            mirror = self._mirrors[turn.hex] = Mirror(turn=turn)
            self._look_at(turn.hex, hurry=True)
        mirror.used = time.monotonic()
        return mirror

    def known(self, turn: UUID) -> Mirror | None:
        return self._mirrors.get(turn.hex)

    async def current(self, turn: UUID) -> Mirror:
        """The turn's mirror, no older than what this process wrote. Raises Unreachable."""
        mirror = self.of(turn)
        mirror.waiting += 1
        try:
            async with asyncio.timeout(_READ):
                while mirror.stale:
                    await mirror.looked.wait()
        except TimeoutError:
            raise Unreachable(str(self._trouble)) from None
        finally:
            mirror.waiting -= 1
        return mirror

    def written(self, turn: UUID, appended: Event | None = None) -> None:
        """This process has written to a log. An event that follows what is known here needs no look."""
        if (mirror := self.known(turn)) is None:
            return
        top = mirror.top
        if appended is not None and not mirror.stale and appended.cursor == Cursor(top.epoch, top.seq + 1):
            mirror.events.append(appended)
            mirror.bell.ring()
            return
        self.again(mirror)

    def again(self, mirror: Mirror) -> None:
        """What is known of it is not to be read before another look."""
        mirror.wanted += 1
        mirror.looked.clear()
        self._look_at(mirror.turn.hex, hurry=mirror.waiting > 0)

    def changed(self, turns: bytes) -> None:
        """Other processes have written to these logs: ids in hexadecimal, one after the other."""
        names = turns.decode("ascii")
        for at in range(0, len(names), 32):
            if (name := names[at : at + 32]) in self._mirrors:
                self._look_at(name)

    def all_changed(self) -> None:
        """Wake-ups may have been lost."""
        self._dirty.update(self._mirrors)
        self._more.set()

    def wake(self, turn: UUID | None) -> None:
        for mirror in list(self._mirrors.values()):
            if turn in (None, mirror.turn):
                mirror.bell.ring()

    def forget(self) -> None:
        limit = time.monotonic() - _IDLE
        for name, mirror in list(self._mirrors.items()):
            if not mirror.waiting and mirror.used < limit:
                del self._mirrors[name]

    def _look_at(self, name: str, *, hurry: bool = False) -> None:
        if not self._dirty:
            self._told_at = time.monotonic()
        self._dirty.add(name)
        self._more.set()
        if hurry:
            self._hurry.set()

    async def run(self) -> None:
        loop, looked = asyncio.get_running_loop(), 0.0
        while True:
            await self._until_something(loop)
            await self._pace(looked + PACE - loop.time())
            looked = loop.time()
            names = [name for name in self._dirty if name in self._mirrors][:MOST]
            self._dirty = set() if len(names) < MOST else self._dirty.difference(names)
            if not self._dirty:
                self._more.clear()
            mirrors = [self._mirrors[name] for name in names]
            try:
                await self._look(mirrors)
                self._count_lag()
            except Exception as error:  # whatever it is, those that read must not wait for ever
                self._dirty.update(names)
                self._more.set()
                self._trouble.begins(error)
                await hang_up(self._client)
                await asyncio.sleep(self._trouble.pause())

    def _count_lag(self) -> None:
        if self._told_at:
            metrics.log_read_seconds.observe(time.monotonic() - self._told_at)
            self._told_at = 0.0

    async def _until_something(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            async with asyncio.timeout_at(self._poll_at):
                await self._more.wait()
        except TimeoutError:
            pass
        if loop.time() >= self._poll_at:
            self._poll_at = loop.time() + POLL
            self._dirty.update(self._mirrors)

    async def _pace(self, seconds: float) -> None:
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._hurry.wait()
            except TimeoutError:
                pass
        self._hurry.clear()

    async def _look(self, mirrors: list[Mirror]) -> None:
        if not mirrors:
            return
        wanted = [mirror.wanted for mirror in mirrors]
        asked = [mirror.top for mirror in mirrors]
        question = packed([(m.turn.hex, top.epoch, top.seq) for m, top in zip(mirrors, asked, strict=True)])
        answers = await answered(self._script(args=[question]))
        if lasted := self._trouble.ends():
            log.info("Redis can be read again, after %.1f s", lasted)
        for mirror, top, answer, count in zip(mirrors, asked, answers, wanted, strict=True):
            changed = _apply(mirror, top, answer)
            mirror.seen = max(mirror.seen, count)
            if not mirror.stale:
                mirror.looked.set()
            if changed:
                mirror.bell.ring()


def _apply(mirror: Mirror, asked: Cursor, answer: list[Any] | None) -> bool:
    """Take in what look.lua answered to a question from `asked`; whether it was news."""
    if answer is None:
        known = mirror.epoch != 0
        mirror.begin(0)
        return known
    epoch, first, seq, entries = answer
    follows = asked.epoch == epoch and first - 1 <= asked.seq <= seq
    if not follows:
        mirror.begin(epoch, first)
        mirror.events = Events(event(epoch, entry) for entry in entries)
        return True
    changed = first > mirror.first
    if changed:
        mirror.events, mirror.first = Events(mirror.events[first - mirror.first :]), first
    # What this process wrote meanwhile is here already.
    have = mirror.top.seq - asked.seq
    news = [event(epoch, entry) for entry in entries[have:]]
    mirror.events += news
    return changed or bool(news)
