"""One page that shows one turn: it follows the events, comes back whenever it is cut off, and remembers all it held."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.stream import Stream
from tests.server.reading import Page
from tests.sse import Event

GONE = (401, 404)


@dataclass
class Look:
    """What the page held after one event."""

    at: float
    load: int  # how often the page had been loaded: what it held starts over with each
    connection: int
    name: str
    id: str
    data: str
    text: str  # what a person sees


@dataclass
class Reader:
    """`fronts` are the ports it may reach the product at; `moved` is called whenever it was told something."""

    turn: str
    habit: str
    cookie: str
    fronts: list[int]
    chance: random.Random
    moved: Callable[[], None]
    looks: list[Look] = field(default_factory=list, repr=False)
    problems: list[str] = field(default_factory=list)
    end: dict[str, str] | None = None
    last_id: str = ""
    connections: int = 0
    loads: int = 1
    cuts: int = 0
    worst_pause: float = 0.0
    page: Page = field(default_factory=Page, repr=False)
    bytes: bytearray = field(default_factory=bytearray, repr=False)

    async def read(self) -> None:
        """Until the turn's end has been told."""
        if self.habit == "late":
            await asyncio.sleep(self.chance.uniform(0.5, 6))
        backoff = 0.1
        while self.end is None:
            before = len(self.looks)
            stream = Stream(self.chance.choice(self.fronts))
            try:
                await self._connect(stream)
            except (OSError, TimeoutError):
                self.cuts += 1
            finally:
                stream.cut(reset=self.chance.random() < 0.5)
                self.bytes += stream.received
            if stream.status in GONE:
                self.problems.append(f"the stream was answered with {stream.status}")
                return
            backoff = 0.1 if len(self.looks) > before else min(2 * backoff, 1.5)
            await asyncio.sleep(backoff * self.chance.uniform(0.5, 1))

    async def _connect(self, stream: Stream) -> None:
        headers = {"Cookie": self.cookie} | ({"Last-Event-ID": self.last_id} if self.last_id else {})
        await stream.open(f"/turns/{self.turn}/events", headers)
        self.connections += 1
        if stream.status != 200:
            return
        left = self.chance.randint(1, 25) if self.habit in ("cuts", "reloads") else -1
        pause = self.chance.uniform(0.05, 0.4) if self.habit == "slow" else 0.0
        async for event in stream.events(pause):
            self.take(event)
            if event.name == "done":
                self.end = json.loads(event.data)
                return
            if event.name in ("gone", "signed-out"):
                self.problems.append(f"the stream said {event.name}")
                return
            left -= 1
            if left == 0:
                if self.habit == "reloads":
                    self.reload()
                return

    def take(self, event: Event) -> None:
        """One event, as the page applies it."""
        now = time.monotonic()
        try:
            self.page.apply(event)
        except (AssertionError, IndexError, ValueError) as error:
            self.problems.append(f"the page cannot apply {event.id}: {error}")
        self.last_id = event.id or self.last_id
        if event.name != "ping":
            if self.looks:
                self.worst_pause = max(self.worst_pause, now - self.looks[-1].at)
            look = Look(now, self.loads, self.connections, event.name, event.id, event.data, self.page.text)
            self.looks.append(look)
            self.moved()

    def reload(self) -> None:
        """F5: a new page, which knows nothing."""
        self.page, self.last_id = Page(), ""
        self.loads += 1
