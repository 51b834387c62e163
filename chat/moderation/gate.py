"""When text may be shown. A gate is pure: it answers with actions, and generation carries them out."""

import io
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .verdict import Result


@dataclass(frozen=True, slots=True)
class Release:
    """Show this text now; it continues what was released before."""

    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """Have the checkers judge this text and bring their result to `judged` under the same id."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Close the provider at once; what was received is the candidate, and it is held because of `rule`."""

    rule: str


@dataclass(frozen=True, slots=True)
class Done:
    """The text has ended: freeze `candidate`, the text as the gate lets it stand, and have it judged."""

    candidate: str


Action = Release | Check | Block | Done


class Gate(ABC):
    """One answer's gate. Every mode answers with the same few actions, so that generation knows no mode.

    What a mode must keep to:
    - it does no I/O, knows no clock, and its answers depend on the text alone, never on its pieces;
    - the released texts, joined, are a prefix of the candidate, and at `finish` no more than it;
    - nothing is released because of a timer, a slow model, a disconnect or an error;
    - `finish` may answer with checks instead of Done; Done then follows from `judged`. There is one
      Done for an answer, or one Block, and nothing after either;
    - `judged` takes a result that is not a pass as a reason to release nothing more.
    """

    @abstractmethod
    def feed(self, text: str) -> list[Action]:
        """Take the next piece of the answer, at least one character."""

    @abstractmethod
    def finish(self) -> list[Action]:
        """The answer has ended, by itself or not. Called once; `feed` is not called after it."""

    @abstractmethod
    def judged(self, check: int, result: Result) -> list[Action]:
        """Take the result of an earlier Check. A result of an id that is not open changes nothing."""


class PostGate(Gate):
    """The mode `post`: text is shown as it arrives, and judged whole at the end."""

    def __init__(self) -> None:
        # Not a list of pieces: each of a few characters takes sixty bytes.
        self._text = io.StringIO()

    def feed(self, text: str) -> list[Action]:
        if not text:
            return []
        self._text.write(text)
        return [Release(text)]

    def finish(self) -> list[Action]:
        return [Done(self._text.getvalue())]

    def judged(self, check: int, result: Result) -> list[Action]:
        return []
