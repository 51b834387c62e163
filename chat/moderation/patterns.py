"""The checker that finds pattern rules in a body."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import re2

from .channels import Piece, pieces
from .fold import Offsets, fold
from .rules import MEMORY, WORDS_MEMORY, CompiledRule, Rule, compile_all, options, source
from .verdict import Finding, Outcome, Result, Subject

# A reviewer needs to see where; after so many places of one rule in one channel the rest adds nothing.
PLACES = 100
# Code points from which a scan leaves the event loop: about a millisecond's work.
_LARGE = 16_000
# U+0000 is never in a text, so this is found only because the scan appends it.
_CANARY = b"\x00canary\x00"


class PatternChecker:
    """Finds rules in every channel of a body, both as written and folded."""

    def __init__(self, rules: Iterable[Rule], name: str = "rules") -> None:
        """Raises BadRule for a rule that cannot be used."""
        self.name = name
        self._rules = compile_all(rules)
        self._first_look = _FirstLook(self._rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(compiled.rule for compiled in self._rules)

    async def check(self, subject: Subject) -> Result:
        """`scan`, away from the event loop where there is much to read; RE2 works without Python's lock."""
        channels = subject.channels
        if (
            sum(len(value) if isinstance(value, str) else _LARGE for value in channels.values() if value)
            < _LARGE
        ):
            return self.scan(channels)
        return await asyncio.get_running_loop().run_in_executor(None, self.scan, channels)

    def scan(self, channels: Mapping[str, Any]) -> Result:
        """Judge a body now. Does not raise: a fault in here is a Result with the outcome `error`."""
        began = time.perf_counter()
        findings: tuple[Finding, ...] = ()
        detail = ""
        try:
            findings = tuple(finding for piece in pieces(channels) for finding in self._findings(piece))
        except Exception as error:  # Whatever it is, the text has not been judged and must not pass.
            detail = f"The rules could not be applied ({type(error).__name__})."
        outcome: Outcome = "error" if detail else "flag" if findings else "pass"
        return Result(self.name, outcome, findings, detail, round((time.perf_counter() - began) * 1000))

    def _findings(self, piece: Piece) -> Iterator[Finding]:
        for rule, start, end in sorted(self._places(piece.text), key=lambda place: place[1:]):
            if piece.whole is not None:
                start, end = 0, piece.whole
            yield Finding(rule.name, rule.reason, piece.channel, start, end)

    def _places(self, text: str) -> list[tuple[Rule, int, int]]:
        places = list(self._matches(text))
        folded = fold(text)
        if folded == text:
            return places
        offsets: Offsets | None = None
        known = {(rule.name, start): end for rule, start, end in places}
        for rule, start, end in self._matches(folded):
            offsets = offsets or Offsets(text)
            start, end = offsets.span(start, end)
            if known.get((rule.name, start)) != end:
                places.append((rule, start, end))
        return places

    def _matches(self, text: str) -> Iterator[tuple[Rule, int, int]]:
        # A lone surrogate has no UTF-8; one "?" in its place keeps every offset.
        data = text.encode("utf-8", "replace")
        for index in self._first_look.possible(data):
            compiled = self._rules[index]
            last, points = 0, 0
            for start, end in _spans(compiled, data):
                # RE2 counts bytes. Counting on from the span before keeps this linear.
                points += len(data[last:start].decode())
                length = len(data[start:end].decode())
                yield compiled.rule, points, points + length
                last, points = end, points + length


class _FirstLook:
    """Which rules can match a text at all, from the literal pieces each needs: 0.2 ms for 100 KB and 221 rules.

    A rule without any literal is always possible. Should the automaton of literals run out of memory it
    silently finds nothing; then the canary is missing too, and every rule is tried.
    """

    def __init__(self, rules: tuple[CompiledRule, ...]) -> None:
        self._count = len(rules)
        self._filter = re2.Filter()
        for compiled in rules:
            self._filter.Add(source(compiled.rule), options(WORDS_MEMORY if compiled.rule.words else MEMORY))
        self._filter.Add(re2.escape(_CANARY), options())
        self._filter.Compile()

    def possible(self, data: bytes) -> list[int]:
        found = self._filter.Match(data + _CANARY, True)
        if self._count not in found:
            return list(range(self._count))
        return [index for index in found if index != self._count]


def _spans(compiled: CompiledRule, data: bytes) -> Iterator[tuple[int, int]]:
    """Byte spans of a rule's matches, from left to right.

    The search goes on at the end of what the finding covers, not of the match, so that one character
    can end one match and begin the next; after a match that is not valid it goes on one further.
    """
    position, found = 0, 0
    validate = compiled.rule.validate
    while found < PLACES and (match := compiled.program.search(data, position)):
        start, end = match.span(compiled.group)
        if start < 0:
            start, end = match.span()
        if end <= start:
            position = match.end() + 1
        elif validate and not validate(data[start:end].decode()):
            position = start + 1
        else:
            found += 1
            position = end
            yield start, end
        if position > len(data):
            return
