"""The contract of a stream log. One suite of tests runs against every implementation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ..events import Cursor, Event, Kind


class Fenced(Exception):
    """A newer attempt has taken the turn over; this writer may write nothing more."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a reader gets at once.

    `events` follow its cursor in order; when `fresh`, the cursor was of another text or from nowhere and
    `events` are all of the present epoch. `before` is the text the reader already has.
    """

    top: Cursor
    before: str
    events: list[Event]
    fresh: bool


@dataclass(slots=True, eq=False)
class Reader:
    """One open door: who reads, by which route, and how much of which epoch was handed to the network."""

    person: int
    route: str
    epoch: int = 0
    characters: int = 0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def sent(self, epoch: int, characters: int) -> None:
        self.epoch, self.characters, self.at = epoch, characters, datetime.now(UTC)


class StreamLog(ABC):
    """Events of turns, by turn id.

    - `attempt` fences writers: `open` with a higher one shuts every lower one out; a refused call raises Fenced.
    - `epoch` names a start of the text, and is the attempt that made it; `seq` counts from 1 in it, without gaps.
    - A reader is given only what the log has acknowledged to its writer.
    - After `end` nothing is appended. With `purge` nothing but the terminal event can be read from then on.
    - A log expires some time after its last event; a reader of none gets None and asks the database.
    """

    @abstractmethod
    async def open(self, turn: UUID, attempt: int, epoch: int) -> None:
        """Begin or take over the log; a higher epoch than its present one drops the earlier text."""

    @abstractmethod
    async def append(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any]) -> Cursor: ...

    @abstractmethod
    async def end(self, turn: UUID, attempt: int, kind: Kind, data: dict[str, Any], *, purge: bool) -> None:
        """Write the terminal event. Writing it again changes nothing but may still purge."""

    @abstractmethod
    async def read(self, turn: UUID, after: Cursor | None) -> Batch | None: ...

    @abstractmethod
    async def wait(self, turn: UUID, after: Cursor | None, seconds: float) -> None:
        """Return when there may be something after the cursor, when woken, or when the time is over."""

    @abstractmethod
    def wake(self, turn: UUID | None = None) -> None:
        """Make the readers of this turn in this process (of every turn, for None) look again."""

    @abstractmethod
    def register(self, turn: UUID, reader: Reader) -> None:
        """Remember a reader, past its disconnect, for as long as the log is kept."""

    @abstractmethod
    def readers(self, turn: UUID) -> list[Reader] | None:
        """Who has read it, or None where this is not known: the process that wrote the text has died."""

    @abstractmethod
    def expire(self) -> None:
        """Drop what has outlived its time."""
