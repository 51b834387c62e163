"""How this package reaches the network: one httpx client for as long as the process lives."""

import functools
import ssl
from urllib.parse import urlsplit

import httpx

from .errors import ConnectionLost, Misconfigured, ProviderError, Unreachable
from .transport import Transport


@functools.cache
def _tls() -> ssl.SSLContext:
    """One context for all clients: making it takes 25 ms. SSL_CERT_FILE and SSL_CERT_DIR are respected."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def open_client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client without httpx's traps, on a transport of ours unless it is given one.

    It follows no redirect: a POST would become a GET of a sign-in page. It ignores the
    environment's proxies: a model on loopback would be sought through them, and a key is sent along.
    """
    return httpx.AsyncClient(
        transport=transport or Transport(_tls()),
        follow_redirects=False,
        trust_env=False,
        timeout=None,  # noqa: S113 - each phase has its own, see client.py and post.py
    )


def headers(key: str | None) -> dict[str, str]:
    """Request headers with the key. Raises Misconfigured for a key no header can carry, without telling it."""
    fields = {"Accept-Encoding": "identity", "User-Agent": "sluice"}
    if key and (key := key.strip()):
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise Misconfigured(
                "the key holds characters that no key has (a space, a line break, a quote from a text)"
            )
        fields["Authorization"] = f"Bearer {key}"
    return fields


def translated(error: Exception, phase: str) -> ProviderError:
    """The ProviderError for what httpx raised. Its text goes into the detail, which `seal()` cleans."""
    name = type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        return Unreachable(f"phase=connect {name}: {error}")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return Misconfigured(f"phase={phase} {name}")
    words = str(error).partition("bytearray")[
        0
    ]  # h11 quotes what it could not read: it may be an answer's text
    return ConnectionLost(f"phase={phase} {name}: {words}")


def address(base: str, path: str) -> httpx.URL:
    """`base` with `path` behind it, keeping a query such as `?api-version=…`; a base that ends in it is whole."""
    try:
        parts = urlsplit(base.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 80)
        url = httpx.URL(base.strip())
    except (ValueError, httpx.InvalidURL):  # httpx itself accepts "http://[" and any port
        usable = False
    if not usable:
        raise Misconfigured("the provider's URL needs http:// or https://, a host, and a port there can be")
    stem, mark, query = url.raw_path.partition(b"?")  # raw, so that an encoded slash stays one
    stem = stem.rstrip(b"/")
    whole = stem if stem.endswith(path.encode()) else stem + path.encode()
    return url.copy_with(raw_path=whole + mark + query)
