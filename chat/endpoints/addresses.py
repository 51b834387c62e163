"""Which addresses an endpoint may have. Any that an administrator enters, internal ones too: a model on loopback is the
common case. Not those where a machine of a cloud is told its own credentials.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from .refused import Refused

_EXAMPLE = "http://localhost:11434/v1"
# Amazon over IPv6, Azure's host, Oracle and Alibaba; the rest is link-local.
_METADATA = {
    ipaddress.ip_address(each)
    for each in ("fd00:ec2::254", "168.63.129.16", "192.0.0.192", "100.100.100.200")
}
_METADATA_NAMES = {"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}


def check(url: str) -> None:
    """Raise Refused with a sentence where `url` cannot be an endpoint's."""
    try:
        parts = urlsplit(url)
        host, usable = parts.hostname or "", parts.port != 0 and parts.scheme in {"http", "https"}
    except ValueError:
        host, usable = "", False
    if not usable or not host or any(c.isspace() or not c.isprintable() for c in url):
        raise Refused(
            f"{_bare(url)!r} is no address; write one that begins with http:// or https://, such as {_EXAMPLE}.",
            "url",
        )
    if parts.username is not None or parts.password is not None:
        raise Refused("An address must not hold a name or password; enter the key in its own field.", "url")
    if is_metadata(host):
        raise Refused(
            f"{host} is where a cloud tells a machine its own credentials, and never a model; enter the model's address.",
            "url",
        )


def is_metadata(host: str) -> bool:
    """Whether `host`, a name or an address in any way of writing it, is a link-local or metadata one."""
    if host.rstrip(".").lower() in _METADATA_NAMES:
        return True
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            # 2852039166, 0xa9fea9fe and 169.254.43518 are one address, to a resolver too.
            found = ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_link_local or found in _METADATA


def _bare(url: str) -> str:
    return url.rpartition("@")[2]
