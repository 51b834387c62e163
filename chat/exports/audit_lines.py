"""The audit as JSON Lines, as it is sent: some entries a visit, up to the one that says that it is exported."""

from collections.abc import AsyncGenerator
from datetime import datetime

from .. import conf
from ..audit import heads, lines, reading
from ..audit.chain import Entry
from ..models import User


async def audit_of(selection: reading.Selection, now: datetime) -> AsyncGenerator[bytes, None]:
    head = await conf.in_database(heads.current)
    yield lines.first(now, head, selection.words()).encode()
    count, behind = 0, None
    while found := await conf.in_database(_beside, selection, behind):
        text, last, many = found
        count, behind = count + many, last.id
        yield text
    after, until = 0, head.seq if head else 0
    while found := await conf.in_database(_chained, selection, after, until):
        text, last, many = found
        count, after = count + many, last.seq
        yield text
    yield lines.last(count).encode()


def _beside(selection: reading.Selection, after: int | None) -> tuple[bytes, Entry, int] | None:
    return _text(reading.beside(selection, after))


def _chained(selection: reading.Selection, after: int, until: int) -> tuple[bytes, Entry, int] | None:
    return _text(reading.chained(selection, after, until))


def _text(found: list[Entry]) -> tuple[bytes, Entry, int] | None:
    """Their lines, the last of them and how many there are; None where there is none."""
    if not found:
        return None
    people = {entry.actor for entry in found if isinstance(entry.actor, int)}
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "username"))
    text = "".join(lines.entry(entry, names.get(entry.actor or 0, "")) for entry in found)
    return text.encode("utf-8", "replace"), found[-1], len(found)
