"""Turns that wait in line because this process answers as many as it can: their readers are told where they stand."""

import contextlib
from uuid import UUID

from .. import conf
from ..events import Kind
from ..streamlog import LogError

_told: dict[UUID, int] = {}


async def tell(line: list[UUID]) -> None:
    """Write the place of each turn in line (from 1) into its log, where it has changed.

    Nobody holds these turns yet, so this is attempt 0 and epoch 0; the first attempt begins an epoch of its own.
    """
    for turn_id in _told.keys() - set(line):
        del _told[turn_id]
    for place, turn_id in enumerate(line, 1):
        if _told.get(turn_id) == place:
            continue
        _told[turn_id] = place
        with contextlib.suppress(LogError):  # another process has begun it, or there is no log to tell
            await conf.log().open(turn_id, 0, 0)
            await conf.log().append(turn_id, 0, Kind.WAITING, {"place": place})
