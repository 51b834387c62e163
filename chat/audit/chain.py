"""What an entry's MAC is over, the same on every database and outside of one (docs/audit.md has it for other programs).

The form is JSON in ASCII without spaces, with its keys in order: ["sluice.audit/1", seq, previous, key, at, actor,
action, subject, data]. The MAC is the HMAC-SHA256 of it in hex, under the key's text.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..models import bodies

_FORM = "sluice.audit/1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `actor` is the person's id, None for the program itself. `seq` 0 and the last three empty: not chained."""

    id: int
    at: datetime
    actor: int | None
    action: str
    subject: str
    data: Mapping[str, Any]
    seq: int = 0
    previous: str = ""
    mac: str = ""
    key: str = ""


def signed(entry: Entry, keys: Mapping[str, str], key: str) -> Entry:
    """The entry under the MAC of this key."""
    entry = replace(entry, key=key)
    return replace(entry, mac=mac(entry, keys[key]))


def mac(entry: Entry, key: str, seq: int | None = None) -> str:
    """What the entry's MAC has to be (at another place in the chain, with `seq`)."""
    place = entry.seq if seq is None else seq
    return hmac.digest(
        key.encode(), form(_FORM, place, entry.previous, entry.key, *_fields(entry)), "sha256"
    ).hex()


def unchained(entry: Entry) -> bytes:
    """What stands for an entry outside the chain in the SHA-256 that the chain has of it and its like."""
    return form(entry.id, *_fields(entry)) + b"\n"


def form(*values: Any) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def moment(at: datetime) -> str:
    """In UTC with microseconds, which both databases keep: 2026-11-29T18:40:00.000001Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: Any) -> Any:
    """`value` as every database gives it back: text that each can store, and no number that one would write otherwise.

    PostgreSQL makes 1e5 of 1e5, an integer; a fraction becomes its text.
    """
    if isinstance(value, str):
        return bodies.clean(str(value))
    if isinstance(value, Mapping):
        return {bodies.clean(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value.is_integer() else str(value)
    if value is None or isinstance(value, bool | int):
        return value
    return bodies.clean(str(value))


def sha256() -> Any:
    return hashlib.sha256()


def _fields(entry: Entry) -> tuple[Any, ...]:
    return moment(entry.at), entry.actor, entry.action, entry.subject, entry.data
