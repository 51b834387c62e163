"""What several processes share besides the database: Redis, where REDIS_URL names one."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

EXAMPLE = "redis://:password@host:6379/0"


def redis(address: str) -> str:
    """The address, or "" where there is none. Raises ImproperlyConfigured without repeating it: a password may
    stand in it.
    """
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        where = parts.path if parts.scheme == "unix" else parts.hostname and parts.port != 0
        usable = parts.scheme in {"redis", "rediss", "unix"} and bool(where)
    except ValueError:
        usable = False
    if not usable:
        raise ImproperlyConfigured(
            f"REDIS_URL cannot be read; write {EXAMPLE}, or leave it out for one process."
        )
    return address


def runner(name: str, engine: str, redis_address: str) -> str:
    """The runner, if it has what it needs; else raises ImproperlyConfigured."""
    if name == "procrastinate":
        if not engine.endswith("postgresql"):
            raise ImproperlyConfigured(
                "CHAT_RUNNER is 'procrastinate', whose queue lies in PostgreSQL; set DATABASE_URL to one, such as "
                "postgres://name:password@host:5432/database, or leave CHAT_RUNNER out."
            )
        if not redis_address:
            raise ImproperlyConfigured(
                "CHAT_RUNNER is 'procrastinate', and REDIS_URL is empty, so readers would not see what workers write; "
                f"set it, for example to {EXAMPLE}, or leave CHAT_RUNNER out."
            )
    return name


def channel_layers(address: str) -> dict[str, Any]:
    """Channels' layer: over Redis, where other processes hear it, or within this one. The core Redis layer drops
    messages under load without a word; the one on publish and subscribe does not.
    """
    if not address:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    config = {"hosts": [address], "prefix": "sluice"}
    return {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}}
