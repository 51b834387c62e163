"""Who had been sent an answer's text by the time it was held, and how much of it."""

from typing import Any

from .. import conf, turns
from ..models import Turn
from ..streamlog import LogError, Reader

Row = dict[str, Any]


async def before(frozen: turns.Frozen) -> list[Row]:
    """Rows for the hold's own transaction. Of an epoch whose readers nobody knows any more, and of every earlier
    one, only this is known: all that was released.
    """
    readers = await _readers(frozen.turn)
    lost = range(1, frozen.turn.epoch + (readers is None))
    unknown: list[Row] = [
        {"epoch": epoch, "route": "unknown", "characters": None, "at": frozen.turn.created_at}
        for epoch in lost
    ]
    return [_row(reader) for reader in readers or [] if reader.characters or reader.beside] + unknown


async def since(turn: Turn, counted: list[Row]) -> None:
    """Record who came while the hold was being written. Called after the purge: nobody can come any more."""
    known: dict[tuple[Any, ...], tuple[int, int]] = {}
    for row in counted:
        text, beside = known.get(_who(row), (0, 0))
        known[_who(row)] = max(text, row["characters"] or 0), max(beside, row.get("beside", 0))
    late = []
    for row in [_row(reader) for reader in await _readers(turn) or []]:
        text, beside = known.get(_who(row), (0, 0))
        if row["characters"] > text or row["beside"] > beside:
            late.append(row)
    if late:
        await conf.in_database(turns.expose, turn, late)


async def _readers(turn: Turn) -> list[Reader] | None:
    try:
        return await conf.log().readers(turn.pk)
    except LogError:
        return None


def _row(reader: Reader) -> Row:
    return {
        "epoch": reader.epoch, "person_id": reader.person, "route": reader.route,
        "characters": reader.characters, "beside": reader.beside, "at": reader.at,
    }  # fmt: skip


def _who(row: Row) -> tuple[Any, ...]:
    return row.get("person_id"), row["route"], row["epoch"]
