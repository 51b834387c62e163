"""The open doors of this process: who stands in each, and whether they still may.

Sessions, accounts and conversations are looked at again for all doors together, one round of queries, and at
once for a person whose password was changed or whose account was closed.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import cast
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from .. import conf, metrics, people
from ..models import Turn, User
from ..streamlog.bell import Bell

PING = 15.0  # seconds; every door of the process pings at the same moments, so that one round of queries serves all


@dataclass(eq=False, slots=True)
class Door:
    turn: UUID | None  # what is read there; None: nothing of one turn
    person: int
    session: str
    session_hash: str
    # What its person has to be allowed besides being signed in; None: nothing.
    allowed: Callable[[User], bool] | None = None
    route: str = ""
    doubted: bool = False
    answer: asyncio.Future[str] | None = field(default=None, repr=False)


# Wakes the doors without a turn, which no log wakes.
standing = Bell()

_open: set[Door] = set()
_asking: list[Door] = []
_loop: asyncio.AbstractEventLoop | None = None


def door_for(
    request: HttpRequest, turn_id: UUID | None, allowed: Callable[[User], bool] | None = None
) -> Door:
    """For the person who is signed in in this request, as long as they are `allowed`."""
    session, person = request.session, cast(User, request.user).pk
    return Door(turn_id, person, session.session_key or "", session.get(HASH_SESSION_KEY, ""), allowed)


def enter(door: Door) -> None:
    global _loop
    _loop = asyncio.get_running_loop()
    _open.add(door)
    if door.turn:
        metrics.readers.labels(door.route).inc()


def leave(door: Door) -> None:
    if door in _open:
        _open.discard(door)
        if door.turn:
            metrics.readers.labels(door.route).dec()


def next_ping() -> float:
    """On the loop's clock, the next moment at which all doors ping."""
    return (time.monotonic() // PING + 1) * PING


async def still(door: Door) -> str:
    """`open`, `signed-out` or `gone`; asked together with every other door that asks now."""
    loop = asyncio.get_running_loop()
    door.doubted = False
    door.answer = loop.create_future()
    _asking.append(door)
    if len(_asking) == 1:
        loop.call_later(0.05, lambda: _rounds.add(loop.create_task(_ask())))
    return await door.answer


_rounds: set[asyncio.Task[None]] = set()


async def _ask() -> None:
    doors, _asking[:] = list(_asking), []
    try:
        answers = await conf.in_database(_look, doors)
    except Exception:
        # A database that does not answer closes nobody's door; the next ping asks again.
        answers = {}
    for door in doors:
        if door.answer is not None and not door.answer.done():
            door.answer.set_result(answers.get(door, "open"))
    _rounds.discard(asyncio.current_task())


def _look(doors: list[Door]) -> dict[Door, str]:
    keys, people_ids = {door.session for door in doors}, {door.person for door in doors}
    sessions = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "pk", flat=True
        )
    )
    users = User.objects.filter(is_active=True).in_bulk(people_ids)
    owners = dict(
        Turn.objects.filter(
            pk__in={door.turn for door in doors if door.turn}, conversation__deleted_at=None
        ).values_list("pk", "conversation__owner_id")
    )

    @cache
    def allowed(person: int, check: Callable[[User], bool]) -> bool:
        return check(users[person])

    def answer(door: Door) -> str:
        user = users.get(door.person)
        if user is None or door.session not in sessions:
            return "signed-out"
        if not hmac.compare_digest(user.get_session_auth_hash(), door.session_hash):
            return "signed-out"
        if door.allowed is not None and not allowed(door.person, door.allowed):
            return "gone"
        return "open" if door.turn is None or owners.get(door.turn) == door.person else "gone"

    return {door: answer(door) for door in doors}


def doubt(person: int) -> None:
    """Look at this person's doors now, in every process. Called from any thread, once its transaction has committed."""
    if _loop is not None and not _loop.is_closed():
        _loop.call_soon_threadsafe(_doubt, person)
    conf.log().signal("doubt", str(person))


def _doubt(person: int) -> None:
    for door in _open:
        if door.person == person:
            doubt_door(door)


def doubt_door(door: Door) -> None:
    """Look at this one now. Called on the event loop."""
    door.doubted = True
    if door.turn:
        conf.log().wake(door.turn)
    else:
        standing.ring()


people.on_change.append(doubt)
conf.ON_DRAIN.append(standing.ring)
conf.SIGNALS["doubt"] = lambda person: _doubt(int(person))
