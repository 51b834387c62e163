"""Many rules at once, over a text that goes on: where one may have begun, whether it still may, and what has matched.

Programs of RE2 for all rules together: `_begun` finds the next place at which the first characters of a rule stand; from there
`_whole` says whether one matches, and `_open` whether one still may. From a fixed place these are quick however many rules
there are: their automatons follow only what has begun there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from .literals import Literals
from .member import LEAD, MEMORY, Hit, Member, Take, after
from .phrases import Phrases
from .programs import Program
from .rules import CompiledRule

__all__ = ["LEAD", "Automaton", "Hit", "after"]

MANY = 24  # places, and two for each rule and one for four bytes, from which rules are looked for together
MORE = 128  # places at most for those bytes
FAR = 4096  # bytes that may be read from a place on, which may cost as much as another place
# Characters from a place to the end. Behind each of these, rules of which no match is longer are no longer asked whether they may
# still match: their beginnings have no counts (prefixes.COUNTED), and would be open for ever.
REACHES = (48, 128, 512, 1024)


class Automaton:
    """Offsets are in bytes of UTF-8, places are at the beginning of a character.

    A rule that blocks, and whose pattern says it all, is *early*: its first match settles the matter, whatever follows. One that
    redacts, or looks at what it has found, is *late*: it wants the match that can grow no more.
    """

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._members = [Member(rule) for rule in rules]
        words = [entry for rule in rules for entry in rule.rule.words]
        self._phrases = Phrases(words) if words else None
        patterns = [member for member in self._members if not member.words]
        lengths = sorted({length for member in patterns for length in member.begun})
        begun = [member.beginning for member in patterns]
        self._begun = _program([*begun, self._phrases.beginning] if self._phrases else begun)
        self._open = [
            (
                reach,
                _program(
                    [begun for member in patterns if member.reaches(reach) for begun in member.begun.values()]
                ),
            )
            for reach in (0, *REACHES)
        ]
        self._leads = [
            (length, _program([member.begun[length] for member in patterns if length in member.begun]))
            for length in lengths
        ]
        self._early = _program([member.whole for member in self._members if member.early])
        self._whole = _program([member.whole for member in self._members])

    def edge(self, data: bytes, place: int) -> int | None:
        """What `look` says, where nothing matches; None where anything does, or where that is to be looked at in another way."""
        edge = len(data)
        for _ in range(MANY):
            place = self._next(data, place)
            if place >= edge:
                return edge
            held = self._held(data, place)
            program = self._whole if held is None else self._early
            if program is not None and program.match(data, place, len(data)):
                return None
            edge = edge if held is None else min(edge, held)
            place = after(data, place)
        return None

    def look(self, data: bytes, place: int, final: bool, take: Take) -> int:
        """Give `take` what matches from `place` on, of late rules only what comes before all that is open. From where on text is
        to be held, for it may become a match, or a longer one; the end of `data` where nothing is, and where it is `final`:
        nothing follows.

        What stands before the group `value` of a rule is no part of what it finds, and is not held. So who looks at what
        follows begins LEAD characters before it.
        """
        place, edge, opened = self._next(data, place), len(data), False
        tries = MANY + 2 * len(self._members) + min(len(data) // 4, MORE)
        while place < edge:
            tries -= 1 + (len(data) - place) // FAR
            if tries < 0:
                return min(edge, self._sweep(data, place, final, take))
            held = None if final else self._held(data, place)
            if held is not None:
                edge, opened = min(edge, held), True
            for hit in self._hits(data, place, early=opened, final=final):
                take(hit)
            place = self._next(data, after(data, place))
        return edge

    def all(self, data: bytes, take: Take) -> None:
        """Give `take` everything that matches in a whole text."""
        for index in self._literals.possible(data):
            self._members[index].sweep(data, 0, True, len(data), take)

    @functools.cached_property
    def _literals(self) -> Literals:
        return Literals([member.compiled for member in self._members])

    def _next(self, data: bytes, place: int) -> int:
        """The first place from `place` on at which a rule may begin; the end of `data` where there is none."""
        found = self._begun.search(data, place, len(data)) if self._begun else None
        return found[0][0] if found else len(data)

    def _held(self, data: bytes, place: int) -> int | None:
        """From where on what begins at `place` is to be held, for it may become a match, or a longer one."""
        end = len(data)
        held = self._phrases.held(data, place) if self._phrases else None
        program = self._open_from(data, place)
        if program and program.fullmatch(data, place, end):
            start = place
            for length, program in self._leads:
                while length > 0 and start < end:
                    start, length = after(data, start), length - 1
                if program and program.fullmatch(data, place, end):
                    break
                start = place
            held = start if held is None else min(held, start)
        return held

    def _open_from(self, data: bytes, place: int) -> Program | None:
        """For what may still match of what begins at `place`, by how much has come of it."""
        left = len(data) - place
        if left > REACHES[0]:
            left = len(data[place:].decode())
        return next(program for reach, program in reversed(self._open) if left > reach)

    def _hits(self, data: bytes, place: int, *, early: bool, final: bool) -> list[Hit]:
        program = self._early if early else self._whole
        if program is None or not program.match(data, place, len(data)):
            return []
        found = [member.hit(data, place, final) for member in self._members if member.early or not early]
        return [hit for hit in found if hit is not None]

    def _sweep(self, data: bytes, place: int, final: bool, take: Take) -> int:
        """The same, each rule by itself: in time that grows with the length of the text alone, however often rules may have
        begun.
        """
        edge = len(data)
        if not final:
            edge = min((member.first_held(data, place) for member in self._members), default=edge)
        for member in self._members:
            member.sweep(data, place, final, len(data) if member.early else edge, take)
        return edge


def _program(patterns: Sequence[str]) -> Program | None:
    if not patterns:
        return None
    return Program.of("|".join(f"(?:{pattern})" for pattern in dict.fromkeys(patterns)), MEMORY)
