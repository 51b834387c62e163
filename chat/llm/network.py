"""How this package reaches the network: by httpx's requests, responses and errors, on a transport of ours."""

import base64
import functools
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
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


def transport() -> Transport:
    """What carries requests: used as it is, below httpx's client and what that adds.

    So no redirect is followed: a POST would become a GET of a sign-in page. The environment's proxies are not asked: a model
    on loopback would be sought through them, and a key is sent along. And no cookie is kept from one answer to the next.
    """
    return Transport(_tls())


def request(
    method: str, url: httpx.URL | str, headers: Mapping[str, str], *, json: Any = None, connect: float | None = None,
    **extensions: Any,
) -> httpx.Request:  # fmt: skip
    """`connect`: seconds until there is a connection; of what follows each phase has its own, see client.py and post.py. A name
    and a password in the address are sent as such, in the place of a key.
    """
    url = httpx.URL(url)
    if url.userinfo:
        words = base64.b64encode(f"{url.username}:{url.password}".encode()).decode()
        headers = {**headers, "Authorization": f"Basic {words}"}
    return httpx.Request(
        method, url, headers=headers, json=json, extensions={"timeout": {"connect": connect}, **extensions}
    )


def usable(key: str | None) -> str:
    """The key as a header can carry it, "" for none. Raises Misconfigured for any other, without telling it."""
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise Misconfigured(
            "the key holds characters that no key has (a space, a line break, a quote from a text)"
        )
    return key


def headers(accept: str, more: Mapping[str, str]) -> dict[str, str]:
    """Those of every request, and `more`."""
    return {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "sluice", **more}


def bearer(key: str | None) -> dict[str, str]:
    """The header of a key that most services know. Raises as `usable`."""
    return {"Authorization": f"Bearer {key}"} if (key := usable(key)) else {}


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


@functools.lru_cache(64)  # 30 µs for each answer
def address(base: str, roots: Sequence[str], path: str, known: str = "") -> httpx.URL:
    """The first of `roots`, and `path`, behind `base`, keeping a query such as `?api-version=…`.

    A base may end in any of the roots already, or be a whole address that ends in `path` or in `known`, another path.
    Raises Misconfigured where that is no address.
    """
    try:
        parts = urlsplit(base.strip())
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 80)
        url = httpx.URL(base.strip())
    except (ValueError, httpx.InvalidURL):  # httpx itself accepts "http://[" and any port
        good = False
    if not good:
        raise Misconfigured("the provider's URL needs http:// or https://, a host, and a port there can be")
    stem, mark, query = url.raw_path.partition(b"?")  # raw, so that an encoded slash stays one
    stem = stem.rstrip(b"/")
    for ending in (path, known):
        stem = stem.removesuffix(ending.encode())
    root = next((root for root in roots if root and stem.endswith(root.encode())), "")
    stem = stem.removesuffix(root.encode())
    return url.copy_with(raw_path=stem + f"{roots[0]}{path}".encode() + mark + query)
