"""A door that is held open without a turn to read: pings, and a word when it is to close."""

import time
from collections.abc import AsyncGenerator

from .. import conf, wire
from . import door as doors


async def stand(door: doors.Door, route: str) -> AsyncGenerator[bytes, None]:
    """Messages framed for the route: pings, then one of signed-out, interrupted. Holds no database connection."""
    framing, ping_at = wire.FRAMINGS[route], doors.next_ping()
    doors.enter(door)
    try:
        while not conf.draining():
            if door.doubted or time.monotonic() >= ping_at:
                ping_at = doors.next_ping()
                if (answer := await doors.still(door)) != "open":
                    yield wire.control(answer, framing=framing)
                    return
                yield wire.control("ping", framing=framing)
            if not (door.doubted or conf.draining()):
                await doors.standing.heard(ping_at - time.monotonic())
        yield wire.control("interrupted", retry=500, framing=framing)
    finally:
        doors.leave(door)
