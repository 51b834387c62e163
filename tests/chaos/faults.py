"""What is broken, and for how long. Each fault breaks one thing and brings it back; it returns what it did, in words."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

from tests.chaos.line import Line
from tests.chaos.part import Part
from tests.chaos.stack import WEB, WORKERS, Stack

Fault = Callable[[Stack, random.Random], Awaitable[str]]
PAST_THE_LEASE = (11.0, 14.0)  # seconds; a lease is 10


def _kill(names: tuple[str, ...]) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        part = _part(stack, chance, names)
        await part.kill()
        away = chance.choice((0.0, 0.5, 2.0))
        await asyncio.sleep(away)
        part.start()
        return f"{part.name} killed, started again after {away} s"

    return fault


def _terminate(names: tuple[str, ...]) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        part = _part(stack, chance, names)
        status = await part.terminate()
        part.start()
        return f"{part.name} told to end ({status}), started again"

    return fault


def _pause(names: tuple[str, ...]) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        part = _part(stack, chance, names)
        seconds = chance.uniform(*PAST_THE_LEASE) if chance.random() < 0.5 else chance.uniform(0.5, 4)
        part.signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        part.signal(signal.SIGCONT)
        return f"{part.name} paused for {seconds:.1f} s"

    return fault


async def rolling_restart(stack: Stack, chance: random.Random) -> str:
    for name in WEB + WORKERS:
        await stack.parts[name].terminate()
        stack.parts[name].start()
        async with asyncio.timeout(60):
            await stack.ready()
    return "every process told to end and started again, one after the other"


def _redis(*, keep: bool) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        stack.redis.kill()
        away = chance.choice((0.0, 0.3, 3.0))
        await asyncio.sleep(away)
        await asyncio.to_thread(lambda: stack.redis.start(keep=keep))
        return f"Redis killed, back after {away} s {'with' if keep else 'without'} its data"

    return fault


async def redis_paused(stack: Stack, chance: random.Random) -> str:
    seconds = chance.uniform(0.5, 5)
    stack.redis.pause()
    await asyncio.sleep(seconds)
    stack.redis.resume()
    return f"Redis paused for {seconds:.1f} s"


async def redis_full(stack: Stack, chance: random.Random) -> str:
    seconds = chance.uniform(0.5, 3)
    await asyncio.to_thread(stack.redis.fill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(stack.redis.empty)
    return f"Redis full for {seconds:.1f} s"


async def redis_forgets_some(stack: Stack, chance: random.Random) -> str:
    """Eviction takes keys one by one."""
    keys = await asyncio.to_thread(stack.redis.say, "KEYS", "sluice:*")
    gone = [key for key in sorted(keys) if chance.random() < 0.3]
    if gone:
        await asyncio.to_thread(stack.redis.say, "DEL", *gone)
    return f"{len(gone)} of Redis' {len(keys)} keys evicted"


def _database(number: signal.Signals, said: str) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        await asyncio.to_thread(stack.database.stop, number)
        away = chance.choice((0.0, 0.5, 3.0))
        await asyncio.sleep(away)
        await asyncio.to_thread(stack.database.start)
        return f"PostgreSQL {said}, back after {away} s"

    return fault


async def sessions_ended(stack: Stack, chance: random.Random) -> str:
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
    rows = await asyncio.to_thread(stack.rows, ended)
    return f"PostgreSQL ended {len(rows)} connections"


def _cut(to: str) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        line, share, reset = _line(stack, chance, to), chance.choice((0.3, 1.0)), chance.random() < 0.5
        count = line.cut(reset=reset, share=share)
        return f"{count} connections of {line.name} {'reset' if reset else 'cut'}"

    return fault


def _cut_soon(to: str) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        line = _line(stack, chance, to)
        sizes = [chance.randint(1, 3000) for _ in range(chance.randint(2, 8))]
        line.cut_soon(list(sizes))
        return f"the next {len(sizes)} connections of {line.name} end after {sizes} bytes"

    return fault


def _stall(to: str) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        line, seconds = _line(stack, chance, to), chance.uniform(0.5, 6)
        line.stall()
        await asyncio.sleep(seconds)
        await line.open()
        return f"{line.name} stalled for {seconds:.1f} s"

    return fault


def _refuse(to: str) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        line, seconds = _line(stack, chance, to), chance.uniform(0.3, 4)
        line.refuse()
        await asyncio.sleep(seconds)
        await line.open()
        return f"{line.name} refused for {seconds:.1f} s"

    return fault


def _slice(to: str) -> Fault:
    async def fault(stack: Stack, chance: random.Random) -> str:
        line, seconds = _line(stack, chance, to), chance.uniform(1, 4)
        line.slicing = True
        await asyncio.sleep(seconds)
        line.slicing = False
        return f"{line.name} sliced for {seconds:.1f} s"

    return fault


# By kind: how often, and what it does. Those of the first table concern processes and come one after the other;
# those of the second concern lines and come beside them.
PROCESSES: dict[str, tuple[int, Fault]] = {
    "web killed": (3, _kill(WEB)),
    "web told to end": (2, _terminate(WEB)),
    "web paused": (2, _pause(WEB)),
    "worker killed": (4, _kill(WORKERS)),
    "worker told to end": (3, _terminate(WORKERS)),
    "worker paused": (4, _pause(WORKERS)),
    "rolling restart": (1, rolling_restart),
    "Redis killed": (2, _redis(keep=True)),
    "Redis lost its data": (2, _redis(keep=False)),
    "Redis paused": (1, redis_paused),
    "Redis full": (1, redis_full),
    "Redis evicted keys": (1, redis_forgets_some),
    "PostgreSQL restarted": (2, _database(signal.SIGINT, "told to end")),
    "PostgreSQL killed": (1, _database(signal.SIGKILL, "killed")),
    "PostgreSQL ended connections": (2, sessions_ended),
}
LINES: dict[str, tuple[int, Fault]] = {
    "readers cut": (3, _cut("web-?")),
    "readers cut at a character": (4, _cut_soon("web-?")),
    "readers stalled": (1, _stall("web-?")),
    "readers refused": (1, _refuse("web-?")),
    "readers sliced": (1, _slice("web-?")),
    "line to the provider cut": (2, _cut("-provider")),
    "line to the provider cut at a character": (2, _cut_soon("-provider")),
    "line to the provider stalled": (1, _stall("-provider")),
    "line to the provider refused": (1, _refuse("-provider")),
    "line to the provider sliced": (1, _slice("-provider")),
    "line to Redis cut": (2, _cut("-redis")),
    "line to Redis stalled": (1, _stall("-redis")),
    "line to Redis refused": (1, _refuse("-redis")),
    "line to PostgreSQL cut": (2, _cut("-database")),
    "line to PostgreSQL stalled": (1, _stall("-database")),
    "line to PostgreSQL refused": (1, _refuse("-database")),
}


def schedule(table: dict[str, tuple[int, Fault]], count: int, chance: random.Random) -> list[str]:
    """`count` kinds: each once where there is room, in any order, and the rest by how often they are to come."""
    kinds = list(table)
    chance.shuffle(kinds)
    weights = [table[kind][0] for kind in table]
    drawn = kinds[:count] + chance.choices(list(table), weights, k=max(0, count - len(kinds)))
    chance.shuffle(drawn)
    return drawn


def _part(stack: Stack, chance: random.Random, names: tuple[str, ...]) -> Part:
    return stack.parts[chance.choice(names)]


def _line(stack: Stack, chance: random.Random, to: str) -> Line:
    """A line whose name ends so; the ones between readers and web are named as the web processes are."""
    names = (
        WEB
        if to == "web-?"
        else [name for name in stack.lines if name.endswith(to) and name != "to-database"]
    )
    return stack.lines[chance.choice(sorted(names))]
