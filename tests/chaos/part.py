"""One process of the product under chaos."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.servers import ROOT

ENDS = 30.0  # seconds a process may take to end; a worker is given 4 for its answers here


@dataclass
class Part:
    name: str
    arguments: list[str]
    env: dict[str, str] = field(repr=False)
    folder: Path
    address: tuple[str, int] | None = None  # of a web process; the others say that they are ready, or do not
    says_ready: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    wanted: bool = False  # whether it is to run now
    _told: int = 0  # bytes of the log that earlier starts have written

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        self.wanted = True
        with self.log.open("ab") as log:
            self._told = log.tell()
            self.process = subprocess.Popen(
                [sys.executable, *self.arguments], cwd=ROOT, env=self.env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def kill(self) -> None:
        """kill -9: no goodbye."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        await self._over()

    async def terminate(self) -> int:
        """SIGTERM, and the exit status. RuntimeError where it had to be killed (and was started again)."""
        self.wanted = False
        self.signal(signal.SIGTERM)
        try:
            return await self._over()
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGABRT)  # its log then ends in what each thread was doing
            await self._over()
            self.start()
            raise RuntimeError(f"{self.name} did not end within {ENDS:.0f} s of SIGTERM") from None

    async def problem(self, client: httpx.AsyncClient) -> str | None:
        """Why it is not ready, in its own words; None when it is."""
        if self.process is None or self.process.poll() is not None:
            return "it does not run"
        if self.address is None:
            said = self.log.read_bytes()[self._told :]
            return None if b"is ready" in said or not self.says_ready else "it has not said that it is ready"
        try:
            answer = await client.get(f"http://{self.address[0]}:{self.address[1]}/readyz")
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.status_code == 200 else answer.text

    def revive(self) -> str:
        """Start it again if it has ended by itself, as a process manager does; what it said last, or nothing."""
        if self.wanted and self.process is not None and (status := self.process.poll()) is not None:
            said = self.log.read_bytes()[self._told :].decode(errors="replace").strip().splitlines()
            self.start()
            return f"{self.name} ended by itself ({status}): {said[-1] if said else 'without a word'}"
        return ""

    def end(self) -> None:
        self.wanted = False
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(timeout=20)

    async def _over(self) -> int:
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, ENDS)
