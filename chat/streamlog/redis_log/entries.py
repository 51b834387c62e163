"""Events and readers as Redis holds them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from ...events import PLAIN, Cursor, Event, Kind
from ..base import Reader


def value_of(kind: Kind, data: dict[str, Any]) -> bytes:
    """What stands beside the kind: the bare text where there is nothing else, as in nearly every event; else JSON."""
    return (data["text"] if kind in PLAIN else json.dumps(data)).encode()


def event(epoch: int, entry: list[Any]) -> Event:
    """The event of a stream's entry, as XRANGE gives it: id, and name and value of each field."""
    name, (_, kind, _, value) = entry
    kind = Kind(kind.decode())
    data = {"text": value.decode()} if kind in PLAIN else json.loads(value)
    return Event(Cursor(epoch, int(name.partition(b"-")[2])), kind, data)


def field_of(reader: Reader) -> str:
    return f"r:{reader.id.hex}"


def note_of(reader: Reader, *, here: bool) -> str:
    """A reader as its log's head holds it. While it is `here` its own process knows how much it was sent."""
    return json.dumps(
        [
            reader.person,
            reader.route,
            reader.epoch,
            reader.characters,
            reader.beside,
            reader.at.isoformat(),
            here,
        ],
        separators=(",", ":"),
    )


def readers(head: list[bytes], here: dict[UUID, Reader]) -> list[Reader] | None:
    """Everybody in a head's fields. Those of this process are themselves; of one that is in another process, or was
    in one that died, all that is known is that it may have been sent everything. None where nothing was written:
    a log that was only opened, to judge or to end what another one held, knows nothing of that one's readers.
    """
    fields = dict(zip(head[::2], head[1::2], strict=True))
    if fields.get(b"written") != b"1":
        return None
    top, text, more = (int(fields.get(name, 0)) for name in (b"epoch", b"characters", b"beside"))
    found = []
    for name, note in fields.items():
        if not name.startswith(b"r:"):
            continue
        identity = UUID(name[2:].decode())
        if identity in here:
            found.append(here[identity])
            continue
        # A process of the version before counts nothing beside the text.
        person, route, epoch, characters, *beside, at, open_still = json.loads(note)
        if open_still:
            epoch, characters, beside = top, text, [more]
        moment = datetime.fromisoformat(at)
        found.append(Reader(person, route, epoch, characters, sum(beside), moment.timestamp(), identity))
    return found
