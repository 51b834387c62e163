"""Two processes with one Redis: what it costs when an answer is written in one and read in the other."""

import dataclasses
import itertools
import tempfile

import uvloop

from tests.bench import load, rows, targets
from tests.bench.load import Chat
from tests.bench.rows import Steady, quantile
from tests.bench.table import Table
from tests.bench.targets import Process


def measure(table: Table, provider: Process, alone: Process, quick: bool) -> None:
    """`alone` is a process with the memory log, for comparison."""
    with targets.redis() as redis, tempfile.TemporaryDirectory() as folder:
        if redis is None:
            print("Without the rows through Redis: it is not installed (apt install redis-server).")
            return
        url = f"redis://127.0.0.1:{redis.port}/0"
        with (
            targets.product(provider.port, folder, REDIS_URL=url) as first,
            targets.product(provider.port, folder, REDIS_URL=url) as second,
        ):
            uvloop.run(_rows(table, redis, alone, first, second, quick))


async def _rows(
    table: Table, redis: Process, alone: Process, first: Process, second: Process, quick: bool
) -> None:
    count = 150 if quick else 500
    title = f"{count} × 20/s"
    memory = await rows.steady(alone, load.ours, count, 20, 6, count / 35)
    across = dataclasses.replace(first, reads=second, beside=second)
    found, own = await _beside(redis, across, count, 20)
    table.row(
        f"through Redis, read in another process, {title}, delay p50 ms", quantile(found.delays, 0.5) * 1e3
    )
    table.row(
        f"through Redis, read in another process, {title}, delay p99 ms",
        quantile(found.delays, 0.99) * 1e3,
        150,
    )
    table.row(f"through Redis, {title}, CPU per token, both processes, µs", found.cpu)
    table.row(f"memory log, {title}, CPU per token, µs", memory.cpu)
    table.row("CPU per token through Redis, over the memory log's, times", found.cpu / memory.cpu, 1.5)
    table.row(f"Redis itself, {title}, CPU per token, µs", own)
    if not quick:
        turns = itertools.cycle((first, second))

        async def either(_: Process, what: str) -> Chat:
            return await load.ours(next(turns), what)

        both = dataclasses.replace(first, beside=second)
        found = await rows.steady(both, either, 400, 50, 6, 12)
        table.row("two processes on Redis, 400 × 50/s, delay p99 ms", quantile(found.delays, 0.99) * 1e3)
        table.row("two processes on Redis, 400 × 50/s, CPU per token, µs", found.cpu)


async def _beside(redis: Process, target: Process, count: int, rate: int) -> tuple[Steady, float]:
    """The measurement, and Redis' own µs per token; the latter over all of it, turns' beginnings included."""
    before = redis.cpu()
    found = await rows.steady(target, load.ours, count, rate, 6, count / 35)
    tokens = sum(len(chat.delays) for chat in found.chats)
    return found, (redis.cpu() - before) / tokens * 1e6
