"""A redis-server of a test's own, in a temporary folder, that can be killed, restarted, paused and filled.

with RedisServer.running(folder) as redis:
    RedisLog(redis.url)
    redis.kill(); redis.start()              # comes back with what its append-only file has
    redis.start(keep=False)                  # comes back empty
    redis.remember(); …; redis.go_back()     # comes back with what it had then
"""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

from .servers import START, free_port


def unavailable() -> str:
    """Why this machine has no Redis for tests; empty when it has."""
    return "" if shutil.which("redis-server") else "no redis-server here: apt install redis-server"


@dataclass
class RedisServer:
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path) -> Iterator["RedisServer"]:
        """Started; gone at the end of the block. Skips the test where there is no redis-server."""
        if reason := unavailable():
            pytest.skip(reason)
        server = cls(folder)
        server.start()
        try:
            yield server
        finally:
            server.kill()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *, keep: bool = True) -> None:
        """Start, or start again: with its data, every acknowledged write of it, or with none."""
        if not keep:
            shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        self.process = subprocess.Popen(
            [
                "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
                "--save", "", "--appendonly", "yes", "--appendfsync", "no", "--enable-debug-command", "yes",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + START
        while True:
            try:
                self.say("PING")
                return
            except RedisError:
                assert self.process.poll() is None, "redis-server has ended: its port may have been taken"
                assert time.monotonic() < until, "redis-server does not answer"
                time.sleep(0.02)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=20)
            self.process = None

    def remember(self) -> None:
        """Keep what it has now, as a copy of its file or a replica that is behind would."""
        shutil.copytree(self.folder / "appendonlydir", self.folder / "older", dirs_exist_ok=True)

    def go_back(self) -> None:
        """Die, and come back with what was remembered."""
        self.kill()
        shutil.rmtree(self.folder / "appendonlydir")
        shutil.copytree(self.folder / "older", self.folder / "appendonlydir")
        self.start()

    def pause(self) -> None:
        """Its connections stay, and nobody answers: what a failover looks like from outside."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def say(self, *command: Any) -> Any:
        """One command on a connection of its own."""
        with closing(Redis(port=self.port, socket_timeout=10, protocol=2)) as client:
            return client.execute_command(*command)

    def cut(self) -> int:
        """Cut every connection but this one; how many there were."""
        return int(self.say("CLIENT", "KILL", "SKIPME", "yes"))

    def fill(self) -> None:
        """From now on it refuses everything that takes memory, and evicts nothing."""
        self.say("CONFIG", "SET", "maxmemory-policy", "noeviction")
        self.say("CONFIG", "SET", "maxmemory", "1")

    def empty(self) -> None:
        self.say("CONFIG", "SET", "maxmemory", "0")

    def commands(self, name: str) -> int:
        """How often a command was called since the last `forget_commands`."""
        found = self.say("INFO", "commandstats")
        return int(found.get(f"cmdstat_{name}", {}).get("calls", 0))

    def forget_commands(self) -> None:
        self.say("CONFIG", "RESETSTAT")
