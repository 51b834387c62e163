"""The contract of a stream log. One suite of tests runs against every implementation.

What can go wrong:

    LogError
    ├── Fenced        this writer may write nothing more: a newer attempt has the turn, or the turn has ended
    ├── Gone          the log is not there any more, or lacks what it had acknowledged; a writer begins it again
    │                 under a new epoch
    └── Unreachable   nobody knows: what keeps the log does not answer, for longer than the log itself waits
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from ..events import Cursor, Event, Kind
from .kept import Events


class LogError(Exception):
    """A log refused a call, or could not be asked."""


class Fenced(LogError):
    """A newer attempt has taken the turn over, or it has ended; this writer may write nothing more."""


class Gone(LogError):
    """The log is not there, or lacks events it had acknowledged."""


class Unreachable(LogError):
    """What keeps the log does not answer or cannot take more; whether the call had an effect is not known."""


class Batch(NamedTuple):
    """What a reader gets at once.

    `events` follow its cursor in order; when `fresh`, the cursor was of another text or from nowhere and
    `events` are all of the present epoch. The first `had` of `log` are the events the reader already has. `first` is the
    seq of the first event that was there to be read: another one after a purge.
    """

    top: Cursor
    events: Sequence[Event]
    fresh: bool
    log: Sequence[Event] | Events = ()
    had: int = 0
    first: int = 1

    def earlier(self) -> Sequence[Event]:
        """The events the reader already has. Made when asked for: a reader asks once, and reads every tick."""
        return self.log[: self.had]

    @property
    def before(self) -> str:
        """The text of these."""
        return "".join(event.data["text"] for event in self.earlier() if event.kind == Kind.TEXT)


@dataclass(slots=True, eq=False)
class Reader:
    """One open door: who reads, by which route, and how much of which epoch was handed to the network: `characters` of
    the text and a refusal, `beside` of reasoning and calls of tools.
    """

    person: int
    route: str
    epoch: int = 0
    characters: int = 0
    beside: int = 0
    moment: float = field(default_factory=time)  # of the last of it, in seconds since 1970
    id: UUID = field(default_factory=uuid4)

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.moment, UTC)

    def sent(self, epoch: int, characters: int, beside: int = 0) -> None:
        self.epoch, self.characters, self.beside, self.moment = epoch, characters, beside, time()


# What one process tells all others: a name and a value.
Signal = Callable[[str, str], None]


class StreamLog(ABC):
    """Events of turns, by turn id.

    - `attempt` fences writers: `open` with a higher one shuts every lower one out; a refused call raises Fenced.
    - `epoch` names a start of the text; `seq` counts from 1 in it, without gaps.
    - A reader is given only what the log has acknowledged to its writer.
    - After `end` nothing is appended. With `purge` nothing but the terminal event can be read from then on.
    - A log expires some time after its last event; a reader of none gets None and asks the database.
    - A log that lives outside this process may be Gone or Unreachable at every call that is awaited.
    """

    on_signal: Signal

    @abstractmethod
    async def open(self, turn: UUID, attempt: int, epoch: int) -> bool:
        """Begin or take over the log; a higher epoch than its present one drops the earlier text.

        True where it has every event that was ever acknowledged in this epoch, so that its text may go on under the
        same cursors; False for a new one, and where events may be missing.
        """

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
    async def register(self, turn: UUID, reader: Reader, batch: Batch) -> None:
        """Remember a reader, past its disconnect, for as long as the log is kept; again for each epoch it reads.

        Called with what was read, before it is sent. Raises Gone where the log has begun anew or was purged since: what
        was read must then not be sent.
        """

    @abstractmethod
    def leave(self, turn: UUID, reader: Reader) -> None:
        """The reader has gone, and was sent no more than it says. One that dies instead counts as having read all."""

    @abstractmethod
    async def readers(self, turn: UUID) -> list[Reader] | None:
        """Who has read it, and how much at most; None where this is not known (the process that knew has died)."""

    @abstractmethod
    async def unended(self) -> list[UUID]:
        """Turns whose log has no terminal event: they are running, or their process died before it could say so."""

    @abstractmethod
    def expire(self) -> None:
        """Drop what has outlived its time."""

    @abstractmethod
    def signal(self, name: str, value: str) -> None:
        """Call `on_signal` in every other process. From any thread; nothing is promised, so have a net below."""

    @abstractmethod
    async def start(self) -> None:
        """Begin to hear of other processes; called once the event loop runs."""

    @abstractmethod
    async def close(self) -> None:
        """Write what is queued and let go of every connection."""

    def trouble(self) -> tuple[float, str]:
        """For how many seconds the log has not worked, and why; 0 and nothing while it does."""
        return 0.0, ""


def no_signal(name: str, value: str) -> None:
    """For a log whose processes are told nothing."""
