"""What is measured: the product, and two yardsticks, the provider itself and nginx in between. Each is a process."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.client import Client
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "only-for-the-bench-9"
NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{provider}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_read_timeout 300s;
    }}
  }}
}}
"""


@dataclass
class Process:
    """One target: its port, and what the kernel says of it (all its worker processes together)."""

    port: int
    popen: subprocess.Popen[bytes]
    cookies: str = ""
    csrf: str = ""
    folder: Path = field(default_factory=Path)
    reads: "Process | None" = None  # another one, where what is asked for here is read
    beside: "Process | None" = None  # another one that is counted with this one

    @property
    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children").read_text().split()
        others = self.beside.pids if self.beside is not None else []
        return [self.popen.pid, *map(int, children), *others]

    def cpu(self) -> float:
        """Seconds on a processor so far, to the nanosecond: what /proc/PID/stat samples is too coarse for a tick."""
        total = 0
        for pid in self.pids:
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(OSError):
                    total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def resident(self) -> int:
        """Bytes of memory."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids)
        return pages * os.sysconf("SC_PAGE_SIZE")

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.popen.pid}/task").iterdir()))

    def database_connections(self) -> int:
        """Open handles on the SQLite file, one for each connection."""
        names = []
        for each in Path(f"/proc/{self.popen.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                names.append(os.readlink(each))
        return sum(name.endswith(".sqlite3") for name in names)


@contextlib.contextmanager
def provider() -> Iterator[Process]:
    port = free_port()
    with _running(
        [sys.executable, "-m", "tests.bench.provider", str(port)], port, dict(os.environ)
    ) as process:
        yield process


@contextlib.contextmanager
def nginx(provider_port: int) -> Iterator[Process | None]:
    """None where there is no nginx."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        Path(folder, "nginx.conf").write_text(NGINX.format(folder=folder, port=port, provider=provider_port))
        with _running(
            [program, "-p", folder, "-c", f"{folder}/nginx.conf"], port, dict(os.environ)
        ) as process:
            yield process


@contextlib.contextmanager
def redis() -> Iterator[Process | None]:
    """A Redis that keeps what it is told, as the one of compose.yaml does; None where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        options = [
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--save",
            "",
            "--appendonly",
            "yes",
        ]
        with _running([program, *options], port, dict(os.environ)) as process:
            yield process


@contextlib.contextmanager
def product(provider_port: int, folder: str = "", **settings: str) -> Iterator[Process]:
    """`manage.py serve` as in production, with everything on, and somebody signed in; over a fresh folder by default."""
    with contextlib.ExitStack() as stack:
        folder = folder or stack.enter_context(tempfile.TemporaryDirectory())
        port = free_port()
        env = {name: os.environ[name] for name in ("PATH", "LANG", "ONE_PROCESSOR") if name in os.environ} | {
            "DATA_DIR": folder, "HOME": folder, "PORT": str(port), "LOG_LEVEL": "WARNING",
            "CHAT_PROVIDER_PROTOCOL": "openai", "CHAT_PROVIDER_URL": f"http://127.0.0.1:{provider_port}/v1",
            "CHAT_MODEL": "bench", "CHAT_MAX_RUNNING": "100000", "CHAT_CAPACITY": "5000",
            "CHAT_ADMIN_USERNAME": "admin", "CHAT_ADMIN_PASSWORD": PASSWORD, **settings,
        }  # fmt: skip
        with _running([sys.executable, "manage.py", "serve"], port, env) as process:
            with Client(("127.0.0.1", port)) as client:
                client.sign_in("admin", PASSWORD)
                found = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/").text)
                assert found is not None
                process.csrf = found[1]
                process.cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            process.folder = Path(folder)
            yield process


@contextlib.contextmanager
def _running(command: list[str], port: int, env: dict[str, str]) -> Iterator[Process]:
    with tempfile.TemporaryFile() as log:
        popen = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 60
            while not _answers(port):
                if popen.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise SystemExit(f"{' '.join(command)} did not start:\n{log.read().decode()}")
                time.sleep(0.005)
            yield Process(port, popen)
        finally:
            popen.terminate()
            try:
                popen.wait(20)
            except subprocess.TimeoutExpired:
                popen.kill()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), contextlib.closing(socket.create_connection(("127.0.0.1", port), 1)):
        return True
    return False
