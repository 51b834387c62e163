"""The conductor: sends turns, breaks things meanwhile, watches that nothing stands still, and collects what is compared."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from redis.exceptions import RedisError

from tests.chaos import plan
from tests.chaos.faults import LINES, PROCESSES, Fault, schedule
from tests.chaos.person import Person
from tests.chaos.stack import Stack

STUCK = 15.0  # seconds without any progress while all a turn needs is there
LIVE = 24  # turns at once
SETTLE = (
    45.0  # seconds for what is tried again after the last turn: rows and pages are read one after the other
)


@dataclass
class Done:
    """A fault that is over."""

    at: float
    until: float
    kind: str
    words: str


@dataclass
class Run:
    stack: Stack
    turns: int
    faults: int
    only: str
    chance: random.Random
    people: list[Person] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    logs: dict[str, list[Any]] = field(default_factory=dict)  # of a turn, when it had just ended
    problems: list[str] = field(default_factory=list)  # of no turn
    revived: list[str] = field(default_factory=list)
    worst_idle: tuple[float, int] = (0.0, -1)  # seconds a turn stood still while all was there, and which
    began: float = field(default_factory=time.monotonic)
    _live: set[asyncio.Task[None]] = field(default_factory=set)

    async def go(self) -> None:
        count = sum(self.only in kind for kind in PROCESSES) and self.faults * 45 // 100
        lines = sum(self.only in kind for kind in LINES) and self.faults - count
        if not lines:
            count = self.faults
        lanes = [
            asyncio.create_task(self._break(table, number, pause))
            for table, number, pause in ((PROCESSES, count, 1.5), (LINES, lines, 2.5))
        ]
        watching = [asyncio.create_task(self._watch()), asyncio.create_task(self._tell())]
        async with httpx.AsyncClient(
            trust_env=False, timeout=15, limits=httpx.Limits(max_keepalive_connections=0)
        ) as client:
            await self._send_all(client, lanes)
            await asyncio.gather(*lanes)
            await asyncio.gather(*self._live)
            for task in watching:
                task.cancel()
            await self._settle()

    async def _send_all(self, client: httpx.AsyncClient, lanes: list[asyncio.Task[None]]) -> None:
        """In bursts, so that the last turn is sent when the last fault begins."""
        while len(self.people) < self.turns:
            over = all(lane.done() for lane in lanes)
            share = 1.0 if over or not self.faults else min(1.0, len(self.done) / self.faults + 0.08)
            room = min(
                LIVE - len(self._live),
                int(self.turns * share) - len(self.people),
                self.turns - len(self.people),
            )
            for _ in range(room if room >= 4 or over else 0):
                await self._send(client)
            await asyncio.sleep(0.2)

    async def _send(self, client: httpx.AsyncClient) -> None:
        case = plan.case(self.stack.seed, len(self.people))
        chance = random.Random(f"{self.stack.seed}/{case.number}/person")
        parent = self._parent(case.person) if case.follows else None
        person = Person(self.stack, case, chance, client, parent)
        self.people.append(person)
        task = asyncio.create_task(self._live_through(person))
        self._live.add(task)
        task.add_done_callback(self._live.discard)

    def _parent(self, name: str) -> Person | None:
        taken = {id(person.parent) for person in self.people}
        free = [p for p in self.people if p.case.person == name and p.final and id(p) not in taken]
        return free[-1] if free else None

    async def _live_through(self, person: Person) -> None:
        try:
            await person.live()
        except Exception as error:
            causes = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
            person.problems += [f"{type(each).__name__}: {each}" for each in causes]
        person.over = True
        for problem in person.problems:
            self._print(f"case {person.number}, turn {person.turn}: {problem}")
        with contextlib.suppress(RedisError, OSError):
            self.logs[person.turn] = await self.log_of(person)

    async def log_of(self, person: Person) -> list[Any]:
        """The entries of its turn's stream log, read past every line. RedisError while there is no Redis."""
        key = f"sluice:log:{person.turn.replace('-', '')}"
        return await asyncio.to_thread(self.stack.redis.say, "XRANGE", key, "-", "+")

    async def _break(self, table: dict[str, tuple[int, Fault]], count: int, pause: float) -> None:
        wanted = {kind: table[kind] for kind in table if self.only in kind}
        if not wanted:
            return
        for kind in schedule(wanted, count, self.chance):
            await asyncio.sleep(self.chance.uniform(0.2, pause))
            chance = random.Random(self.chance.random())
            began = time.monotonic()
            try:
                async with self.stack.trouble():
                    words = await wanted[kind][1](self.stack, chance)
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                self.problems.append(f"{kind}: {words}")
            self.done.append(Done(began, time.monotonic(), kind, words))
            self._print(f"{kind}: {words}")

    async def _watch(self) -> None:
        """Once a second: what has moved, and what has not for too long."""
        rows: dict[str, tuple[Any, ...]] = {}
        sent: Counter[int] = Counter()
        while True:
            await asyncio.sleep(1)
            for part in self.stack.parts.values():
                if words := part.revive():
                    self._print(words)
                    self.revived.append(words)
            live = [p for p in self.people if p.accepted and not p.ended and not p.over]
            try:
                query = "SELECT id, status, attempt, epoch, judged_rounds FROM chat_turn WHERE id = ANY(%s)"
                found = await asyncio.to_thread(self.stack.rows, query, [p.turn for p in live])
                now = {str(row[0]): row for row in found}
                said: Counter[int] = Counter()
                for play in await self.stack.plays():
                    said[play["case"]] += play["sent"] + 1
                for person in live:
                    if (
                        now.get(person.turn) != rows.get(person.turn)
                        or said[person.number] != sent[person.number]
                    ):
                        person.moved()
                rows, sent = now, said
            except (psycopg.Error, httpx.HTTPError):
                continue  # who could not look has not seen that nothing moved
            for person in live:
                idle = self.stack.calm - person.progress
                self.worst_idle = max(self.worst_idle, (idle, person.number))
                if idle > STUCK and not any(each.startswith("stuck") for each in person.problems):
                    waiting = sum(reader.end is None for reader in person.readers)
                    person.problems.append(
                        f"stuck: nothing for {idle:.1f} s while all is there; {rows.get(person.turn)}, "
                        f"{waiting} of {len(person.readers)} readers wait"
                    )

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(10)
            ended = sum(bool(person.ended) for person in self.people)
            self._print(
                f"{ended} of {self.turns} turns ended, {len(self._live)} live, "
                f"{len(self.done)} of {self.faults} faults, {sum(len(p.problems) for p in self.people)} violations so far"
            )

    def _print(self, words: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {words}", flush=True)

    async def _settle(self) -> None:
        """All is back: wait for what is due to be tried again, and for the queue."""
        due = (
            "SELECT (SELECT count(*) FROM chat_turn WHERE status IN ('accepted', 'streaming', 'moderating')"
            " OR recheck_at IS NOT NULL)"
            " + (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))"
        )
        until = time.monotonic() + SETTLE
        while (await asyncio.to_thread(self.stack.rows, due))[0][0] and time.monotonic() < until:
            await asyncio.sleep(0.5)
