"""One rule of an automaton: how it is written down for RE2, and where it matches by itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from . import prefixes, syntax
from .phrases import Phrases
from .programs import Program, Spans
from .rules import CompiledRule, Rule, source

AHEAD = 3  # characters of a rule that are looked for first
LEAD = 4  # characters before what a rule finds that need not wait with it
MEMORY = 128 << 20  # bytes that a program of all rules may take; RE2 takes them as texts need it


@dataclass(frozen=True, slots=True)
class Hit:
    """`rule` matches from the byte `start` on, and what it finds is `first:last`."""

    rule: Rule
    start: int
    first: int
    last: int


# What is to be done with a hit, and from which byte on its rule is looked for again.
Take = Callable[[Hit], int]


class Member:
    """One rule of an automaton."""

    def __init__(self, compiled: CompiledRule) -> None:
        self.compiled, self.rule, self._group = compiled, compiled.rule, compiled.group
        self.early = self.rule.action == "block" and self.rule.validate is None
        self.words = bool(self.rule.words)
        lead, rest = syntax.parse(self.rule.pattern)
        self._tree = syntax.seq((lead, rest))
        self._border = self.words or prefixes.ends_at_a_border(self._tree)
        ways = prefixes.fixed(lead, LEAD)
        self._leads: list[tuple[int, syntax.Node]] = ways or [(0, syntax.EMPTY)]
        self._rest = rest if ways else self._tree
        self.longest = None if self.words else prefixes.longest(self._tree)

    @functools.cached_property
    def _program(self) -> Program:
        return Program(self.compiled.program)

    @property
    def whole(self) -> str:
        """Its pattern without groups: RE2 finds faster what it need not take apart."""
        return source(self.rule).replace("(?P<value>", "(?:") if self.words else prefixes.whole(self._tree)

    @property
    def beginning(self) -> str:
        """Where to look: what stands before what it finds, and the first characters of that."""
        first = prefixes.beginning(self._rest, AHEAD)
        return "|".join(f"{prefixes.whole(lead)}{first}" for _, lead in self._leads)

    @functools.cached_property
    def begun(self) -> dict[int, str]:
        """What may still become a match, by how many characters of it stand before what the rule finds.

        At a border a match is known one character later, and is held until then.
        """
        found: dict[int, list[str]] = {}
        for length, lead in self._leads:
            tree = syntax.seq((lead, self._rest))
            found.setdefault(length, []).append(prefixes.begun(tree))
            if self._border:
                found[length].append(prefixes.whole(tree))
        return {length: "|".join(f"(?:{each})" for each in begun) for length, begun in found.items()}

    def reaches(self, characters: int) -> bool:
        """Whether a match may be longer than that."""
        return self.longest is None or self.longest > characters

    @functools.cached_property
    def _phrases(self) -> Phrases:
        return Phrases(self.rule.words)

    @functools.cached_property
    def _backwards(self) -> dict[int, Program]:
        return {length: Program.of(rf"(?:{begun})\z", MEMORY) for length, begun in self.begun.items()}

    def first_held(self, data: bytes, place: int) -> int:
        if self.words:
            return self._phrases.first_held(data, place)
        first = len(data)
        place = max(place, 0 if self.longest is None else back(data, self.longest))
        for length, program in self._backwards.items():
            if found := program.search(data, place, len(data)):
                start = found[0][0]
                for _ in range(length):
                    start = min(after(data, start), len(data))
                first = min(first, start)
        return first

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


def back(data: bytes, characters: int) -> int:
    """The place from which so many characters are left to the end, or the beginning."""
    if characters >= len(data):
        return 0
    last = data[-4 * characters :] if characters else b""
    if last.isascii():
        return len(data) - characters
    while last and last[0] & 0xC0 == 0x80:
        last = last[1:]
    text = last.decode()
    return len(data) - len(text[max(0, len(text) - characters) :].encode())


def after(data: bytes, place: int) -> int:
    """The next character's place."""
    place += 1
    while place < len(data) and data[place] & 0xC0 == 0x80:
        place += 1
    return place
