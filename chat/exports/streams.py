"""Exports as they are sent: pieces of bytes, each read in a short visit to the database and made on a thread for texts.

Neither a connection nor a whole conversation is held while a reader takes their time. Where what is read is gone
meanwhile, a stream raises Gone: the file breaks off, and does not look whole.
"""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AbstractContextManager, aclosing
from datetime import datetime, tzinfo
from typing import IO

from .. import conf
from . import as_json, as_markdown
from .names import name_of
from .rows import TURNS, Gone, Head, Place, Row, branch, heads, rows_after, rows_of

_PIECE = 64 * 1024  # bytes that are sent at once


async def json_of(person: int, head: Head, now: datetime) -> AsyncGenerator[bytes, None]:
    place: Place | None = None
    more = True
    while more:
        rows = await conf.in_database(rows_after, person, head.id, place)
        begins, more = place is None, len(rows) == TURNS
        if begins:
            yield as_json.begin(head, now).encode()
        if rows:
            place, text = rows[-1].place, await asyncio.to_thread(_turns, rows, begins)
            del rows  # a reader may take minutes for the text
            for piece in _pieces(text):
                yield piece
    yield as_json.END.encode()


async def markdown_of(person: int, head: Head, now: datetime, zone: tzinfo) -> AsyncGenerator[bytes, None]:
    path = await conf.in_database(branch, person, head.id)
    yield as_markdown.begin(head, now, zone).encode()
    for start in range(0, len(path), TURNS):
        rows = await conf.in_database(rows_of, person, path[start : start + TURNS])
        text = await asyncio.to_thread(_texts, rows, zone)
        del rows
        for piece in _pieces(text):
            yield piece


async def archive_of(
    person: int, account: dict[str, str], now: datetime, zone: tzinfo
) -> AsyncGenerator[bytes, None]:
    """A ZIP file with each of the person's conversations, as JSON and as Markdown. `account`: what there is to say of
    the person.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        about = {"format": "sluice.account", "version": 1, "exported_at": now.isoformat(), **account}
        archive.writestr(_entry("account.json", now), json.dumps(about, ensure_ascii=False, indent=1))
        async for head in _heads(person):
            forms = {"json": json_of(person, head, now), "md": markdown_of(person, head, now, zone)}
            for ending, pieces in forms.items():
                name = f"conversations/{name_of(head, ending, zone, unique=True)}"
                async with aclosing(pieces):
                    try:
                        piece = await anext(pieces)
                    except Gone:
                        continue  # deleted before its turn came
                    with _opened(archive, _entry(name, head.active_at.astimezone(zone))) as file:
                        await asyncio.to_thread(file.write, piece)
                        async for piece in pieces:
                            await asyncio.to_thread(file.write, piece)
                            if sink.size > _PIECE:
                                yield sink.take()
    yield sink.take()


def _turns(rows: list[Row], begins: bool) -> bytes:
    return "".join(as_json.turn(row, begins and number == 0) for number, row in enumerate(rows)).encode()


def _texts(rows: list[Row], zone: tzinfo) -> bytes:
    return "".join(as_markdown.turn(row, zone) for row in rows).encode()


def _pieces(text: bytes) -> Iterator[bytes]:
    """Sent whole it would be kept a second time, for a reader that takes nothing of it."""
    for start in range(0, len(text), _PIECE):
        yield text[start : start + _PIECE]


async def _heads(person: int) -> AsyncIterator[Head]:
    last: Head | None = None
    while found := await conf.in_database(heads, person, last):
        for last in found:
            yield last


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> AbstractContextManager[IO[bytes]]:
    # How long it will be is not known when it begins.
    return archive.open(entry, "w", force_zip64=True)


class _Sink(io.RawIOBase):
    """Keeps what an archive writes until it is taken. It cannot be sought in, and so the archive does not."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._parts.append(bytes(data))
        self.size += len(data)
        return len(data)

    def take(self) -> bytes:
        taken, self._parts, self.size = b"".join(self._parts), [], 0
        return taken
