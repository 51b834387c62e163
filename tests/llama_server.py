"""llama.cpp's own server, from the wheel xllamacpp, with the model of tests/tiny_model.py: a real provider.

    with LlamaServer.running(folder) as llama:     # skips the test where the wheel is not installed
        llama.url                                  # the base for CHAT_PROVIDER_URL, of openai and anthropic alike
        llama.busy()                               # how many answers it is writing
        llama.kill(); llama.start()                # and again, on the same port

In a process of its own: `python -m tests.llama_server MODEL PORT CONTEXT PREFILLS [KEY]`.
"""

import contextlib
import importlib.util
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import tiny_model
from tests.servers import ROOT, free_port

START = 30  # seconds until it must answer


@dataclass
class LlamaServer:
    model: Path
    context: int = 4096  # tokens of one conversation
    key: str = ""
    prefills: bool = (
        True  # takes a last message of the assistant's for a beginning to go on with, as it does unless told
    )
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    @contextlib.contextmanager
    def running(
        cls, folder: Path, template: str = tiny_model.TEMPLATE, **options: Any
    ) -> Iterator["LlamaServer"]:
        if importlib.util.find_spec("xllamacpp") is None:
            pytest.skip("llama.cpp is not installed here (pip install xllamacpp)")
        server = cls(tiny_model.write(folder / "tiny.gguf", template), **options)
        server.start()
        try:
            yield server
        finally:
            server.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Start, or start again, and return once it answers."""
        command = [
            sys.executable,
            "-m",
            "tests.llama_server",
            str(self.model),
            str(self.port),
            str(self.context),
            str(self.prefills),
        ]
        log = (self.model.parent / f"llama-{self.port}.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [*command, *([self.key] if self.key else [])],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START
        while self._get("/health") is None:
            assert self.process.poll() is None, f"llama.cpp ended:\n{Path(log.name).read_text()}"
            assert time.monotonic() < deadline, f"no answer of llama.cpp's:\n{Path(log.name).read_text()}"
            time.sleep(0.02)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def busy(self) -> int:
        """Answers that it is writing at this moment."""
        return sum(slot["is_processing"] for slot in self._get("/slots") or ())

    def until_idle(self, within: float = 10) -> None:
        deadline = time.monotonic() + within
        while self.busy():
            assert time.monotonic() < deadline, "it goes on writing"
            time.sleep(0.02)

    def _get(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=5) as response:
                return json.load(response)
        except (OSError, urllib.error.HTTPError):
            return None


def main(model: str, port: str, context: str, prefills: str, key: str = "") -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames, params.port = ["127.0.0.1"], int(port)
    params.n_parallel, params.n_ctx = 4, int(context) * 4
    params.cpuparams.n_threads = 1
    params.sampling.temp = 0.0
    params.endpoint_slots = True
    params.warmup = False
    params.prefill_assistant = prefills == "True"
    if key:
        params.api_keys = [key]
    server = xllamacpp.Server(params)  # kept: it ends with its object
    print(server.listening_address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
