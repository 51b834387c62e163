"""Random rules and texts for the gate, and what is true of them, worked out without RE2 and without a stream.

A rule is a small tree. It is written down as a pattern for the product, and matched here by trying everything: from each
place, the set of all places at which it can end.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable
from dataclasses import dataclass

ALPHABET = "aab bcABK-_1. \nxéЯ日😀\u0301\u200bａ\u212a"
WORD = re.compile(r"\w", re.ASCII)

# From a place in a text to all places where it may end.
Ends = Callable[[str, int], "set[int]"]


@dataclass(frozen=True)
class Made:
    """A part of a rule: as a pattern, and what it matches."""

    pattern: str
    ends: Ends


def rule(chance: random.Random, depth: int = 3) -> Made:
    """A rule that matches no empty text. Some in any case, some with borders at either side."""
    any_case = chance.random() < 0.25
    while True:
        made = _part(chance, depth, any_case)
        if chance.random() < 0.3:
            made = _then(_border(chance), made)
        if chance.random() < 0.3:
            made = _then(made, _border(chance))
        if not any(place in made.ends(probe, place) for probe in PROBES for place in range(len(probe) + 1)):
            return dataclasses.replace(made, pattern=f"(?i){made.pattern}") if any_case else made


PROBES = ("", "a", " ", "a a", "A", "1", "-", "\n", "é")


def text(chance: random.Random, made: Made, longest: int = 24) -> str:
    """A text with something in it that nearly matches, or does."""
    parts = [_noise(chance, longest // 3)]
    for _ in range(chance.randint(0, 2)):
        parts += [sample(chance, made), _noise(chance, longest // 4)]
    return "".join(parts)[:longest]


def sample(chance: random.Random, made: Made) -> str:
    """Characters of the pattern itself: more often near a match than any others."""
    kept = [char for char in made.pattern if char not in r"()[]{}|?*+\^$:"] or ["a"]
    return "".join(chance.choice(kept) for _ in range(chance.randint(1, 8)))


def pieces(chance: random.Random, whole: str) -> list[str]:
    found, at = [], 0
    while at < len(whole):
        size = chance.choice((1, 1, 1, 1, 2, 5))
        found.append(whole[at : at + size])
        at += size
    return found


def matches(made: Made, whole: str) -> set[tuple[int, int]]:
    """Every span that the rule matches, each start with each end."""
    return {(start, end) for start in range(len(whole)) for end in made.ends(whole, start) if end > start}


def after_something(chance: random.Random) -> tuple[Made, Made]:
    """What has to stand before what a rule finds, of four characters at most; and what it finds."""
    parts = [
        _one("[^ab]", lambda c: c not in "ab"),
        _then(_one("[^b]", lambda c: c != "b"), _char(chance, False)),
        _then(
            _then(_one("[^a]", lambda c: c != "a"), _char(chance, False)),
            _then(_char(chance, False), _char(chance, False)),
        ),
    ]
    parts += [Made("^", lambda text, at: {at} if at == 0 else set()), _char(chance, False)]
    options = chance.sample(parts, chance.randint(1, 3))
    pattern = "(?:" + "|".join(option.pattern for option in options) + ")"
    lead = Made(pattern, lambda text, at: set().union(*(option.ends(text, at) for option in options)))
    return lead, rule(chance, 2)


def values(lead: Made, made: Made, whole: str) -> set[tuple[int, int]]:
    """Every span of what is found behind a lead."""
    return {
        (start, end)
        for begin in range(len(whole) + 1)
        for start in lead.ends(whole, begin)
        for end in made.ends(whole, start)
        if end > start
    }


def _noise(chance: random.Random, most: int) -> str:
    return "".join(chance.choice(ALPHABET) for _ in range(chance.randint(0, most)))


def _part(chance: random.Random, depth: int, any_case: bool) -> Made:
    kind = chance.choice(("char", "char", "class", "seq", "seq", "alt", "repeat")) if depth else "char"
    if kind == "seq":
        made = _part(chance, depth - 1, any_case)
        for _ in range(chance.randint(1, 3)):
            made = _then(made, _part(chance, depth - 1, any_case))
        return made
    if kind == "alt":
        options = [_part(chance, depth - 1, any_case) for _ in range(chance.randint(2, 3))]
        pattern = "(?:" + "|".join(option.pattern for option in options) + ")"
        return Made(pattern, lambda text, at: set().union(*(option.ends(text, at) for option in options)))
    if kind == "repeat":
        return _repeated(chance, _part(chance, depth - 1, any_case))
    return _class(chance, any_case) if kind == "class" else _char(chance, any_case)


def _then(first: Made, second: Made) -> Made:
    return Made(
        first.pattern + second.pattern,
        lambda text, at: {end for middle in first.ends(text, at) for end in second.ends(text, middle)},
    )


def _repeated(chance: random.Random, part: Made) -> Made:
    least, most, sign = chance.choice(
        (
            (0, None, "*"),
            (1, None, "+"),
            (0, 1, "?"),
            (2, 2, "{2}"),
            (1, 3, "{1,3}"),
            (0, 2, "{0,2}"),
            (2, None, "{2,}"),
        )
    )
    lazy = chance.choice(("", "", "?"))

    def ends(text: str, at: int) -> set[int]:
        reached, now = ({at} if least == 0 else set()), {at}
        for count in range(1, (most if most is not None else len(text) + least) + 1):
            now = {end for place in now for end in part.ends(text, place)}
            if count >= least:
                if most is None and now <= reached:
                    break
                reached |= now
        return reached

    return Made(f"(?:{part.pattern}){sign}{lazy}", ends)


def _char(chance: random.Random, any_case: bool) -> Made:
    char = chance.choice([c for c in ALPHABET if c not in "\n" and not (any_case and ord(c) > 127)])
    pattern = "\\" + char if char in ".-" else char
    return _one(pattern, lambda c: c == char or (any_case and same(c, char)))


def same(one: str, other: str) -> bool:
    """As RE2 takes letters for the same in any case: the sign for kelvin is a k."""
    kelvin = {"\u212a": "k"}
    return kelvin.get(one, one).lower() == kelvin.get(other, other).lower()


_CLASSES = (
    ("[ab]", "ab"), ("[^a\n]", None), ("[0-9]", "0123456789"), ("[a-c_]", "abc_"), ("[éЯ😀]", "éЯ😀"), (".", None),
)  # fmt: skip


def _class(chance: random.Random, any_case: bool) -> Made:
    pattern, chars = chance.choice(_CLASSES)
    if pattern == "[^a\n]":
        return _one(pattern, lambda c: c != "\n" and not (c == "a" or (any_case and same(c, "a"))))
    if pattern == ".":
        return _one(pattern, lambda c: c != "\n")
    if any_case and not pattern.isascii():
        return _char(chance, any_case)
    return _one(pattern, lambda c: c in chars or (any_case and any(same(c, each) for each in chars)))


def _one(pattern: str, takes: Callable[[str], bool]) -> Made:
    return Made(pattern, lambda text, at: {at + 1} if at < len(text) and takes(text[at]) else set())


def _border(chance: random.Random) -> Made:
    pattern = chance.choice((r"\b", r"\b", r"\B", "^", "$", "(?m:^)", "(?m:$)", r"\A", r"\z"))

    def word(text: str, at: int) -> bool:
        return 0 <= at < len(text) and bool(WORD.match(text[at]))

    holds = {
        r"\b": lambda text, at: word(text, at - 1) != word(text, at),
        r"\B": lambda text, at: word(text, at - 1) == word(text, at),
        "^": lambda text, at: at == 0,
        r"\A": lambda text, at: at == 0,
        "$": lambda text, at: at == len(text),
        r"\z": lambda text, at: at == len(text),
        "(?m:^)": lambda text, at: at == 0 or text[at - 1] == "\n",
        "(?m:$)": lambda text, at: at == len(text) or text[at] == "\n",
    }[pattern]
    return Made(pattern, lambda text, at: {at} if holds(text, at) else set())
