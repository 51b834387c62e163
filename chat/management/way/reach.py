"""Reaching a site over whatever is in between: one connection a request, each piece with the moment it came."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ... import trial

TIMEOUT = 15.0  # seconds until an answer begins, and until a piece that is due must have come
# What ends a stream before its end.
BROKEN = (http.client.HTTPException, OSError, ValueError)


class Unreachable(Exception):
    """There is nothing to measure. The message is a sentence for the operator."""


@dataclass(frozen=True)
class Site:
    secure: bool
    host: str
    port: int
    prefix: str = ""

    @classmethod
    def at(cls, url: str) -> "Site":
        """Raises Unreachable for what is no address of a site."""
        parts = urlsplit(url if "://" in url else f"https://{url}")
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            port = 0
        if parts.scheme not in {"http", "https"} or not parts.hostname or not port:
            raise Unreachable(
                f"{url!r} is no address of a site; write it as a browser shows it: https://chat.example.com."
            )
        return cls(parts.scheme == "https", parts.hostname, port, parts.path.rstrip("/"))

    @property
    def name(self) -> str:
        """As in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.name}"

    def connect(self, timeout: float, protocols: list[str] | None = None) -> socket.socket:
        """Raises Unreachable, saying what of name, port and certificate is wrong."""
        try:
            plain = socket.create_connection((self.host, self.port), timeout)
        except socket.gaierror:
            raise Unreachable(f"There is no address for {self.host}; does its DNS entry exist?") from None
        except ConnectionRefusedError:
            raise Unreachable(
                f"{self.host} does not listen on port {self.port}; is the proxy running, and is this its port?"
            ) from None
        except OSError as error:
            raise Unreachable(
                f"{self.host} does not answer on port {self.port} ({error}); is a firewall in between?"
            ) from None
        if not self.secure:
            return plain
        # Its own authorities by SSL_CERT_FILE, as OpenSSL has it.
        context = ssl.create_default_context()
        context.set_alpn_protocols(protocols or ["http/1.1"])
        try:
            return context.wrap_socket(plain, server_hostname=self.host)
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(
                f"The certificate of {self.name} is not good: {error.verify_message}. Browsers refuse it too; "
                "name an authority of your own in SSL_CERT_FILE."
            ) from None
        except (ssl.SSLError, OSError):
            raise Unreachable(
                f"Port {self.port} of {self.host} speaks no TLS; is it http:// there?"
            ) from None


@dataclass
class Answer:
    """What came back, its body not read yet. `took`: seconds until its head."""

    response: http.client.HTTPResponse
    took: float

    @property
    def status(self) -> int:
        return self.response.status

    def header(self, name: str) -> str:
        return self.response.headers.get(name, "")

    def text(self) -> str:
        """Its first 2000 bytes."""
        try:
            return self.response.read(2000).decode("utf-8", "replace")
        except BROKEN:
            return ""

    def events(self) -> Iterator[tuple[float, str, dict[str, Any]]]:
        """When each came, its name and its data. Ends with the stream; raises one of BROKEN where it breaks off."""
        rest = b""
        while piece := self.response.read1(65536):
            came = time.monotonic()
            *whole, rest = (rest + piece).split(b"\n\n")
            for block in whole:
                fields = dict(
                    line.partition(": ")[::2] for line in block.decode("utf-8", "replace").split("\n")
                )
                if "data" in fields:
                    yield came, fields.get("event", "message"), json.loads(fields["data"])

    def close(self) -> None:
        self.response.close()


def ask(
    site: Site, token: str, *, silence: float = 0.0, encodings: str = "identity", resume: str = ""
) -> Answer:
    """Ask for the trial as a browser asks for a stream. Raises Unreachable."""
    connection = http.client.HTTPConnection(site.host, site.port)
    connection.sock = site.connect(TIMEOUT)
    connection.sock.settimeout(TIMEOUT + silence)
    headers = {
        "Host": site.name, "Accept": "text/event-stream", "Accept-Encoding": encodings, trial.HEADER: token,
        "Cache-Control": "no-cache", "User-Agent": "Sluice check_streaming",
    }  # fmt: skip
    if resume:
        headers["Last-Event-ID"] = resume
    began = time.monotonic()
    try:
        connection.request("GET", f"{site.prefix}/{trial.PATH}?silence={silence:g}", headers=headers)
        response = connection.getresponse()
    except TimeoutError:
        raise Unreachable(
            f"{site.name} took the request and has not answered for {TIMEOUT + silence:.0f} s; a proxy that buffers "
            "sends nothing before the end, and one that cannot reach Sluice waits for it."
        ) from None
    except (http.client.HTTPException, OSError) as error:
        words = str(error).strip() or type(error).__name__
        raise Unreachable(f"{site.name} broke the connection instead of answering ({words[:100]}).") from None
    return Answer(response, time.monotonic() - began)
