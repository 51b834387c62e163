"""Which addresses an endpoint may have. Any that an administrator enters, internal ones too: a model on loopback is the
common case. Not those where a machine of a cloud is told its own credentials.
"""

from urllib.parse import urlsplit

from ..llm.metadata import is_metadata
from .refused import Refused

_EXAMPLE = "http://localhost:11434/v1"


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


def _bare(url: str) -> str:
    return url.rpartition("@")[2]
