"""Following a turn to its end: what every door to the stream log does."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from uuid import UUID

from .. import conf, metrics, turns, wire
from ..events import TERMINAL, Cursor
from ..models import Turn
from ..streamlog import Batch, Gone, Reader, Unreachable
from . import door as doors

ROW_POLL = 5.0  # seconds between looks at the turn's row while the log says nothing
LONG = 500  # events: about 20 s of an answer
NO_LOG_POLL = 0.5  # the same while there is no log yet, doubling: where Redis is away all readers would ask


def read(turn: Turn, door: doors.Door, after: Cursor | None, route: str) -> AsyncGenerator[bytes, None]:
    """`follow`; or its end alone, where the turn's row, which has just been read, says that it has ended."""
    # The log alone never says the end.
    ended = ending_of(turn, wire.FRAMINGS[route])
    if ended:
        return _once(ended)
    schema = turns.schema_of(turn) if turn.shaped else None
    return follow(door, after, route, wire.Session(wire.FRAMINGS[route], turn.shaped, schema))


async def _once(message: str) -> AsyncGenerator[bytes, None]:
    yield message.encode()


async def follow(
    door: doors.Door, after: Cursor | None, route: str, session: wire.Session
) -> AsyncGenerator[bytes, None]:
    """Messages framed for the route (`wire.FRAMINGS`) from `after` on, until the turn's end. Holds no database
    connection. `session` draws them.
    """
    assert door.turn is not None
    framing = wire.FRAMINGS[route]
    log = conf.log()
    reader = Reader(door.person, route)
    registered, greeted = 0, False  # the epoch it is on record for; whether anything was sent
    # The turn's row has just been read. Of nearly every answer there is text before it is worth another look.
    pause = NO_LOG_POLL / 2
    ping_at, look_at = doors.next_ping(), time.monotonic() + pause
    door.route = route
    doors.enter(door)
    try:
        while True:
            if conf.draining():
                yield wire.control("interrupted", retry=500, framing=framing)
                return
            now = time.monotonic()
            if door.doubted or now >= ping_at:
                ping_at = doors.next_ping()
                if (answer := await doors.still(door)) != "open":
                    yield wire.control(answer, framing=framing)
                    return
                yield wire.control("ping", framing=framing)
            try:
                batch = await log.read(door.turn, after)
                if batch is not None and registered != batch.top.epoch:
                    await log.register(door.turn, reader, batch)
                    if after and after.seq and not registered:
                        metrics.resumes.labels(route, "redrawn" if batch.fresh else "continued").inc()
                    registered = batch.top.epoch
            except Gone:
                continue  # it changed since it was read
            except Unreachable:
                batch = None  # nobody who is not on record is sent anything
            if batch is not None and (batch.events or batch.fresh):
                data = await _drawn(session, batch)
                after, look_at, pause = batch.top, now + ROW_POLL, NO_LOG_POLL
                # Counted before it is sent: what may have arrived counts as shown.
                reader.sent(batch.top.epoch, session.characters, session.beside)
                if data:
                    greeted = True
                    yield data
                if session.done:
                    return
            else:
                if not greeted:
                    # A first message at once: a proxy passes the head on, and the page knows that it is connected.
                    greeted = True
                    yield wire.control("ping", framing=framing)
                if now >= look_at:
                    pause = min(2 * pause, ROW_POLL) if batch is None else ROW_POLL
                    look_at = now + pause
                    if ended := await conf.in_database(ending, door.turn, framing):
                        yield ended.encode()
                        return
            # Whoever was told something while it asked the database has missed the wake-up.
            if not (door.doubted or conf.draining()):
                await log.wait(door.turn, after, max(0.0, min(ping_at, look_at) - time.monotonic()))
    finally:
        log.leave(door.turn, reader)
        doors.leave(door)


async def _drawn(session: wire.Session, batch: Batch) -> bytes:
    """`session.apply`; a long text that is drawn whole, for a reader who comes late, is not drawn on the event loop."""
    if len(batch.events) < LONG and (batch.fresh or session.begun or len(batch.earlier()) < LONG):
        return session.apply(batch)
    return await asyncio.to_thread(session.apply, batch)


def ending(turn_id: UUID, framing: wire.Framing = wire.message) -> str:
    """The `done` message of a turn that has ended, from its row; empty while it runs."""
    turn = Turn.objects.filter(pk=turn_id).first()
    return ending_of(turn, framing) if turn is not None else ""


def ending_of(turn: Turn, framing: wire.Framing) -> str:
    """As `ending`, from a row that has just been read."""
    if turn.status in turns.RUNNING:
        return ""
    state = turns.page_state(turn.status)
    case = getattr(turn, "case", None) if state == "held" else None
    return wire.done(state, case.reference if case else "", framing)


async def until_ended(turn_id: UUID, seconds: float) -> None:
    """Return when the turn has ended, or after that time."""
    limit = time.monotonic() + seconds
    look_at, after = 0.0, None
    while (now := time.monotonic()) < limit:
        batch = None
        with contextlib.suppress(Unreachable):
            batch = await conf.log().read(turn_id, after)
        ended = batch is not None and any(event.kind in TERMINAL for event in batch.events)
        # The row is asked once a second, not at every piece of text.
        if ended or now >= look_at:
            look_at = now + 1.0
            if await conf.in_database(ending, turn_id):
                return
        after = batch.top if batch else after
        await conf.log().wait(turn_id, after, min(limit, look_at) - now)
