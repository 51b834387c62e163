"""The rows of the table: each measures one thing of one target and says it in a few numbers."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.bench import corpus, load
from tests.bench.load import Chat
from tests.bench.targets import Process

Ask = Callable[[Process, str], Awaitable[Chat]]


@dataclass
class Steady:
    """Many answers side by side, each at its own pace, begun evenly over `ramp` seconds."""

    chats: list[Chat]
    window: tuple[float, float]  # while all of them were being written
    cpu: float  # µs per token, in the window
    memory: float  # bytes per stream, at its end
    threads: int
    connections: int

    @property
    def delays(self) -> list[float]:
        """Seconds that each word took that arrived in the window."""
        first, last = self.window
        return [
            delay
            for chat in self.chats
            for delay, at in zip(chat.delays, chat.moments, strict=True)
            if first <= at <= last
        ]

    @property
    def late(self) -> float:
        """Seconds that the last but one of a hundred waited for its first word."""
        return quantile([chat.waited for chat in self.chats], 0.99)


async def steady(target: Process, ask: Ask, count: int, rate: float, seconds: float, ramp: float) -> Steady:
    """All streams overlap for `seconds`, and end together; what is counted happens in that time."""
    # What is made once is made now, such as threads and their connections to the database.
    for each in filter(None, (target, target.beside)):
        await asyncio.gather(*(ask(each, "stamps 100 5") for _ in range(24)))
    at_rest = target.resident()
    tasks, wanted = [], []
    begun = time.monotonic()
    for number in range(count):
        due = ramp * number / count
        await asyncio.sleep(max(0.0, begun + due - time.monotonic()))
        wanted.append(int(rate * (seconds + ramp - due)))
        tasks.append(asyncio.create_task(ask(target, f"stamps {rate} {wanted[-1]}")))
    await asyncio.sleep(seconds * 0.2)
    cpu, when = target.cpu(), time.monotonic()
    await asyncio.sleep(seconds * 0.6)
    spent, now = target.cpu() - cpu, time.monotonic()
    memory = (target.resident() - at_rest) / count
    threads, connections = target.threads(), target.database_connections()
    chats = await asyncio.gather(*tasks)
    if lost := sum(len(chat.delays) != tokens for chat, tokens in zip(chats, wanted, strict=True)):
        print(f"    {lost} of {count} answers arrived incomplete")
    cost = spent / ((now - when) * rate * count)
    return Steady(chats, (when, now), cost * 1e6, memory, threads, connections)


async def one_by_one(target: Process, ask: Ask, count: int) -> list[float]:
    """Seconds from asking to the first word, one chat after the other."""
    await ask(target, "stamps 100 5")
    return [(await ask(target, "stamps 100 3")).waited for _ in range(count)]


async def at_once(target: Process, ask: Ask, count: int, seconds: float = 1.0) -> list[float]:
    """The same for chats begun evenly over `seconds`, each with an answer of two seconds."""
    await ask(target, "stamps 100 5")
    tasks = []
    begun = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + seconds * number / count - time.monotonic()))
        tasks.append(asyncio.create_task(ask(target, "stamps 50 100")))
    return [chat.waited for chat in await asyncio.gather(*tasks)]


async def turn_cost(target: Process, count: int, tokens: int) -> float:
    """CPU seconds of one whole turn: POST, stream, judgement, saving, and the answer's HTML. One after the other."""

    async def turn() -> None:
        await load.ours(target, f"prose 1000 {tokens}", whole=True)

    for _ in range(3):
        await turn()
    before = target.cpu()
    for _ in range(count):
        await turn()
    return (target.cpu() - before) / count


async def wire(target: Process, kind: str, tokens: int) -> tuple[float, float]:
    """Bytes of the stream per byte of answer at 50 tokens/s, and of what a reader is sent who comes at nine tenths."""
    size = len(
        "".join(
            each for each in (corpus.tokens(kind) * (1 + tokens // len(corpus.tokens(kind))))[:tokens]
        ).encode()
    )
    reader, late = await load.connect(target.port), await load.connect(target.port)
    turn = await load.post(reader, target, f"{kind} 50 {tokens}")
    live = Chat()
    reading = asyncio.create_task(reader.ask(load.get(target, f"/turns/{turn}/events"), live, b"event: done"))
    await asyncio.sleep(tokens / 50 * 0.9)
    first = Chat()
    # To the end of the first message, which is all the text so far; in the head lines end otherwise.
    await late.ask(load.get(target, f"/turns/{turn}/events"), first, b"\n\n")
    late.transport.close()
    await reading
    reader.transport.close()
    return live.received / size, first.received / (size * 0.9)


def quantile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def middle(values: Sequence[float]) -> float:
    return statistics.median(values)
