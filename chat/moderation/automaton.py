"""Many rules at once, over a text that goes on: where one may have begun, whether it still may, and what has matched.

Programs of RE2 for all rules together: `_begun` finds the next place at which the first characters of a rule stand; from there
`_whole` says whether one matches, and `_open` whether one still may. From a fixed place these are quick however many rules
there are: their automatons follow only what has begun there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import prefixes, syntax
from .literals import Literals
from .phrases import Phrases
from .programs import Program, Spans
from .rules import MEMORY as RULE_MEMORY
from .rules import WORDS_MEMORY, CompiledRule, Rule, source

AHEAD = 3  # characters of a rule that are looked for first
MEMORY = 128 << 20  # bytes that a program of all rules may take; RE2 takes them as texts need it


@dataclass(frozen=True, slots=True)
class Hit:
    """`rule` matches from the byte `start` on, and what it finds is `first:last`."""

    rule: Rule
    start: int
    first: int
    last: int


MANY = 24  # places, and two for each rule and one for four bytes, from which rules are looked for together


Take = Callable[
    [Hit], int
]  # what is to be done with a hit, and from which byte on its rule is looked for again


class Automaton:
    """Offsets are in bytes of UTF-8, places are at the beginning of a character.

    A rule that blocks, and whose pattern says it all, is *early*: its first match settles the matter, whatever follows. One that
    redacts, or looks at what it has found, is *late*: it wants the match that can grow no more.
    """

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        self._members = [_Member(rule) for rule in rules]
        words = [entry for rule in rules for entry in rule.rule.words]
        self._phrases = Phrases(words) if words else None
        patterns = [member for member in self._members if not member.words]
        begun = [member.beginning for member in patterns]
        self._begun = _program([*begun, self._phrases.beginning] if self._phrases else begun)
        self._open = _program([member.begun for member in patterns])
        self._early = _program([member.whole for member in self._members if member.early])
        self._whole = _program([member.whole for member in self._members])

    def edge(self, data: bytes, place: int) -> int | None:
        """The first place from `place` on that is open; the end of `data` where there is none; None where anything matches
        before it, or where that is to be looked at in another way.
        """
        end = len(data)
        for _ in range(MANY):
            place = self._next(data, place)
            if place == end:
                return end
            if self._opens(data, place):
                return None if self._early and self._early.match(data, place, end) else place
            if self._whole is not None and self._whole.match(data, place, end):
                return None
            place = after(data, place)
        return None

    def look(self, data: bytes, place: int, final: bool, take: Take) -> int:
        """Give `take` what matches from `place` on, of late rules only what nothing that is open comes before. The first place
        that is open: what stands from there to the end may become a match, or a longer one. The end of `data` where
        there is none, and where it is `final`: nothing follows.
        """
        end = len(data)
        place = self._next(data, place)
        tries = MANY + 2 * len(self._members) + (end - place) // 4
        while place < end:
            tries -= 1
            if tries < 0:
                return self._sweep(data, place, final, take)
            open_here = not final and self._opens(data, place)
            for hit in self._hits(data, place, early=open_here, final=final):
                take(hit)
            if open_here:
                return place
            place = self._next(data, after(data, place))
        return end

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

    def _opens(self, data: bytes, place: int) -> bool:
        if self._open and self._open.fullmatch(data, place, len(data)):
            return True
        return self._phrases is not None and self._phrases.open(data, place)

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
        opened = len(data)
        if not final:
            opened = min((member.first_open(data, place) for member in self._members), default=opened)
        for member in self._members:
            member.sweep(data, place, final, len(data) if member.early else opened, take)
        return opened


class _Member:
    """One rule of an automaton."""

    def __init__(self, compiled: CompiledRule) -> None:
        self.compiled, self.rule, self._group = compiled, compiled.rule, compiled.group
        self.early = self.rule.action == "block" and self.rule.validate is None
        self.words = bool(self.rule.words)
        self._tree = syntax.parse(source(self.rule)) if self.rule.pattern else syntax.EMPTY
        self._border = self.words or prefixes.ends_at_a_border(self._tree)

    @functools.cached_property
    def _program(self) -> Program:
        return Program(source(self.rule), WORDS_MEMORY if self.words else RULE_MEMORY)

    @property
    def whole(self) -> str:
        """Its pattern without groups: RE2 finds faster what it need not take apart."""
        return source(self.rule).replace("(?P<value>", "(?:") if self.words else prefixes.whole(self._tree)

    @property
    def beginning(self) -> str:
        return prefixes.beginning(self._tree, AHEAD)

    @functools.cached_property
    def begun(self) -> str:
        """What may still become a match. At a border a match is known one character later, and is held until then."""
        begun = prefixes.begun(self._tree)
        return f"{begun}|{self.whole}" if self._border else begun

    @functools.cached_property
    def _phrases(self) -> Phrases:
        return Phrases(self.rule.words)

    @functools.cached_property
    def _backwards(self) -> Program:
        return Program(rf"(?:{self.begun})\z", MEMORY)

    def first_open(self, data: bytes, place: int) -> int:
        if self.words:
            return self._phrases.first_open(data, place)
        found = self._backwards.search(data, place, len(data))
        return found[0][0] if found else len(data)

    def hit(self, data: bytes, place: int, final: bool) -> Hit | None:
        end = self._end(data, final)
        found = self._program.match(data, place, end) if place < end else None
        return self._hit(found) if found else None

    def sweep(self, data: bytes, place: int, final: bool, until: int, take: Take) -> None:
        end = self._end(data, final)
        while place < min(until, end) and (found := self._program.search(data, place, end)):
            hit = self._hit(found)
            if hit.start >= until:
                return
            place = take(hit)

    def _end(self, data: bytes, final: bool) -> int:
        """Where a match has to end, so that what follows has no say in it."""
        if final or not self._border:
            return len(data)
        end = len(data) - 1
        while end > 0 and data[end] & 0xC0 == 0x80:
            end -= 1
        return max(end, 0)

    def _hit(self, found: Spans) -> Hit:
        first, last = found[self._group]
        if first < 0 or first == last:
            first, last = found[0]
        return Hit(self.rule, found[0][0], first, last)


def after(data: bytes, place: int) -> int:
    """The next character's place."""
    place += 1
    while place < len(data) and data[place] & 0xC0 == 0x80:
        place += 1
    return place


def _program(patterns: Sequence[str]) -> Program | None:
    if not patterns:
        return None
    return Program("|".join(f"(?:{pattern})" for pattern in dict.fromkeys(patterns)), MEMORY)
