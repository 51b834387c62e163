"""A real nginx in front of a server under test, of its own, in a temporary folder.

    with nginx.in_front_of(server, folder) as proxy:      # docs/deploy/nginx as they are, TLS included
        proxy.url, proxy.access_log

`running(folder, http)` takes any text for the http block instead, to be wrong in a way of its own.
"""

import contextlib
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .servers import ROOT, free_port

DEPLOY = ROOT / "docs" / "deploy" / "nginx"
PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
MAIN = """
worker_processes 1;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  access_log off;
{http}
}}
"""


@dataclass
class Nginx:
    folder: Path
    port: int
    tls: bool = False

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def access_log(self) -> str:
        return (self.folder / "access.log").read_text()

    @property
    def trusted(self) -> ssl.SSLContext:
        """A context that trusts the certificate made for it."""
        return ssl.create_default_context(cafile=self.folder / "chat.pem")


@contextlib.contextmanager
def in_front_of(server: tuple[str, int], folder: Path) -> Iterator[Nginx]:
    """nginx as docs/deploy/nginx/site.conf has it, on TLS with a certificate for 127.0.0.1; paths and ports replaced."""
    made = Nginx(folder, free_port(), tls=True)
    certificate(folder)
    with running(folder, site(folder, made.port, server), made) as proxy:
        yield proxy


def site(folder: Path, port: int, server: tuple[str, int]) -> str:
    (folder / "sluice-locations.conf").write_text(moved("locations", folder))
    text = moved("http", folder) + moved("site", folder)
    for old, new in (
        ("127.0.0.1:8000", f"{server[0]}:{server[1]}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("chat.example.com", "127.0.0.1"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    return text


def moved(name: str, folder: Path) -> str:
    """A file of docs/deploy/nginx with its paths in `folder`."""
    text = (DEPLOY / f"{name}.conf").read_text()
    for path in ("/etc/nginx/", "/etc/ssl/", "/var/log/nginx/"):
        text = text.replace(path, f"{folder}/")
    return text


def proxying(server: tuple[str, int], directives: str) -> str:
    """A plain site for `running`, with directives of a test's own; LISTEN stands for the address."""
    return f"server {{ listen LISTEN; location / {{ proxy_pass http://{server[0]}:{server[1]}; {directives} }} }}"


@contextlib.contextmanager
def running(folder: Path, http: str, made: Nginx | None = None) -> Iterator[Nginx]:
    """Started and answering; ended with the block. Skips the test where there is no nginx."""
    if PROGRAM is None:
        pytest.skip("no nginx here: apt install nginx-light")
    made = made or Nginx(folder, free_port())
    config = folder / "main.conf"
    config.write_text(MAIN.format(folder=folder, http=http.replace("LISTEN", f"127.0.0.1:{made.port}")))
    with (folder / "out.log").open("wb") as out:
        process = subprocess.Popen([PROGRAM, "-p", str(folder), "-c", str(config)], stdout=out, stderr=out)
    try:
        until = time.monotonic() + 20
        while not listening(made.port):
            assert process.poll() is None, (folder / "out.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.02)
        yield made
    finally:
        process.terminate()
        process.wait(timeout=20)


def tried(folder: Path, http: str) -> str:
    """What `nginx -t` says of the http block; empty when it takes it."""
    if PROGRAM is None:
        pytest.skip("no nginx here: apt install nginx-light")
    config = folder / "main.conf"
    config.write_text(MAIN.format(folder=folder, http=http))
    done = subprocess.run(
        [PROGRAM, "-t", "-p", str(folder), "-c", str(config)], capture_output=True, text=True
    )
    return done.stderr if done.returncode else ""


def listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def certificate(folder: Path) -> None:
    """A key and a certificate for 127.0.0.1 that signs itself."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "chat.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "chat.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
