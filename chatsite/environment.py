"""Reads settings from the environment, and knows which exist.

Every setting is read through one of these functions, so that `KNOWN` lists them all: the test of the
documents compares it with `docs/settings.md`. An unusable value raises ImproperlyConfigured with the
setting, the value and the fix (never the value of a secret).
"""

import ipaddress
import os
import zoneinfo

from django.core.exceptions import ImproperlyConfigured

KNOWN: set[str] = set()


def text(name: str, default: str = "") -> str:
    KNOWN.add(name)
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name)
    if not value:
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


def number(name: str, default: float, *, least: float = 0, most: float | None = None) -> float:
    value = text(name)
    try:
        result = float(value) if value else float(default)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a number, for example {default:g}.") from None
    if not result >= least or (most is not None and result > most):
        limit = f"at least {least:g}" + ("" if most is None else f" and at most {most:g}")
        raise ImproperlyConfigured(f"{name} is {value!r}; write a number of {limit}.")
    return result


def integer(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    result = number(name, default, least=least, most=most)
    if result != int(result):
        raise ImproperlyConfigured(f"{name} is {result:g}; write a whole number, for example {default}.")
    return int(result)


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def networks(name: str) -> list[str]:
    """A comma-separated list of addresses and networks."""
    found = words(name)
    for word in found:
        try:
            ipaddress.ip_network(word, strict=False)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} has {word!r}, which is no address; write addresses or networks, for example 10.0.0.0/8."
            ) from None
    return found


def zone(name: str, default: str) -> str:
    """A time zone's name."""
    value = text(name, default)
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write a zone's name, for example Europe/Berlin."
        ) from None
    return value


def choice(name: str, options: tuple[str, ...], default: str) -> str:
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name} is {value!r}; write one of {', '.join(options)}.")
    return value
