"""When text may be shown. A gate is pure: it answers with actions, and generation carries them out.

Pattern rules hold back in every mode (holding.py); a mode says what happens to what they let through.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from .holding import Hold
from .scanning import Found
from .verdict import Result


@dataclass(frozen=True, slots=True)
class Release:
    """Show this text now; it continues what was released before."""

    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """Have the checkers judge `text` and bring their result to `judged` under the same id. `before` is what came before it,
    judged already: it is no part of what is asked.
    """

    id: int
    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Close the provider at once: what was received is the `candidate`, and it is held. `found`: the rule that did it and
    where; None where a checker did.
    """

    candidate: str
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The text has ended: freeze `candidate`, the text as the gate lets it stand, and have it judged."""

    candidate: str


Action = Release | Check | Block | Done


class Gate(ABC):
    """The gate of one text of an answer. Every mode answers with the same few actions, so that generation knows no mode.

    What a mode must keep to:
    - it does no I/O, knows no clock, and its answers depend on the text and on what it was told of it, never on the
      pieces the text came in;
    - the released texts, joined, are a prefix of the candidate, and at `finish` no more than it;
    - nothing is released because of a timer, a slow model, a disconnect or an error;
    - there is one Done for an answer, or one Block, and nothing after either;
    - `judged` takes a result that is not a pass as a reason to release nothing more.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._over = False

    def feed(self, text: str) -> list[Action]:
        """Take the next piece of the text."""
        if self._over:
            return []
        let = self._hold.feed(text)
        return self._blocked() or self._let(let)

    def finish(self) -> list[Action]:
        """The text has ended, by itself or not. Called once; `feed` is not called after it."""
        if self._over:
            return []
        let = self._hold.finish()
        if blocked := self._blocked():
            return blocked
        self._over = True
        return [*self._last(let), Done(self._hold.candidate)]

    def resume(self, text: str) -> int:
        """Readers have this already, from a gate like this one: it is looked at, and not released again. How many of its
        characters are behind the gate; the others come out of it once more.
        """
        return len(self._hold.feed(text))

    def judged(self, check: int, result: Result) -> list[Action]:
        """Take the result of an earlier Check. A result of an id that is not open changes nothing."""
        return []

    @abstractmethod
    def _let(self, text: str) -> list[Action]:
        """What becomes of text that the rules have let through; it may be empty."""

    def _last(self, text: str) -> list[Action]:
        """The same of the last of it. What is not released now is shown when all of the answer has passed."""
        return self._let(text)

    def _blocked(self) -> list[Action]:
        if self._hold.found is None:
            return []
        return self._block(self._hold.found)

    def _block(self, found: Found | None = None) -> list[Action]:
        self._over = True
        return [Block(self._hold.candidate, found)]


class PostGate(Gate):
    """The mode `post`: text is shown as it arrives, and judged whole at the end."""

    def _let(self, text: str) -> list[Action]:
        return [Release(text)] if text else []


class FullGate(Gate):
    """The mode `full`: nothing is shown before all of it has been judged."""

    def _let(self, text: str) -> list[Action]:
        return []


class WindowGate(Gate):
    """The mode `window`: text is shown in windows, each once the checkers have passed it.

    A window ends with a sentence. The first is short, so that there is something to read soon; each is twice as long as the
    one before, up to a limit. One is asked about at a time. The last is judged with the whole.
    """

    FIRST, LAST, LONGEST = 80, 1000, 2000  # code points: least of the first and of later ones, most of any

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold)
        self._waiting = ""  # let through by the rules, and not asked about
        self._asked, self._before = "", ""
        self._size, self._number = self.FIRST, 0
        self._closed = False

    def judged(self, check: int, result: Result) -> list[Action]:
        if self._over or check != self._number or not self._asked:
            return []
        asked, self._asked = self._asked, ""
        if result.outcome == "flag" and any(finding.severity == "block" for finding in result.findings):
            return self._block()
        if result.outcome != "pass":
            self._closed = True
            return []
        self._before = asked
        return [Release(asked), *self._ask()]

    def _let(self, text: str) -> list[Action]:
        self._waiting += text
        return [] if self._closed or self._asked else self._ask()

    def _last(self, text: str) -> list[Action]:
        return []

    def _ask(self) -> list[Action]:
        end = _sentence_end(self._waiting, self._size, self.LONGEST)
        if end is None:
            return []
        self._asked, self._waiting = self._waiting[:end], self._waiting[end:]
        self._number += 1
        self._size = min(2 * self._size, self.LAST)
        return [Check(self._number, self._asked, self._before)]


# A sentence's end with what closes it, and the space after it; or the end of a line.
_END = re.compile(r"[.!?…][\"'”’)\]*_`]*\s|[。！？][”’」』）]*|\n")
_SPACE = re.compile(r"\s(?=\S*\Z)")


def _sentence_end(text: str, least: int, most: int) -> int | None:
    """Where the first sentence ends behind `least` code points; where it is longer than `most`, its last word before that."""
    if found := _END.search(text, least - 1, most):
        return found.end()
    if len(text) < most:
        return None
    space = _SPACE.search(text, 0, most)
    return space.end() if space else most


MODES: dict[str, type[Gate]] = {"post": PostGate, "window": WindowGate, "full": FullGate}
