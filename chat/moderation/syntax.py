"""The syntax tree of a pattern, as far as a streaming gate needs it: what may follow what, not what a character class holds.

RE2's syntax: https://github.com/google/re2/wiki/Syntax. A pattern comes here only once RE2 has compiled it, so nothing is
checked again; a class is kept as it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import re2

_REPEAT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAMED, _VALUE = re.compile(r"\(\?P?<[^>]*>"), re.compile(r"\(\?P?<value>")
_ESCAPE = re.compile(r"\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[0-7]{1,3}|[pP](?:\{\^?\w+\}|\w)|.)", re.DOTALL)
_CLASS = re.compile(
    r"\[\^?(?:\]|\[:\^?\w+:\]|\\(?:[pPx]\{\^?\w+\}|.)|[^\]\\])(?:\[:\^?\w+:\]|\\(?:[pPx]\{\^?\w+\}|.)|[^\]\\])*\]",
    re.DOTALL,
)
_LETTER = re.compile(
    rf"\\Q.*?(?:\\E|\Z)|{_ESCAPE.pattern}|{_CLASS.pattern}|{_NAMED.pattern}|[^\x00-\x7f]", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Atom:
    """Exactly one character; `text` matches it whatever flags stand around."""

    text: str


@dataclass(frozen=True, slots=True)
class Border:
    """No character: the beginning or end of the text, a line or a word."""

    text: str


@dataclass(frozen=True, slots=True)
class Seq:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alt:
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`most` None: without end."""

    node: Node
    least: int
    most: int | None


Node = Atom | Border | Seq | Alt | Repeat
EMPTY = Seq(())


def parse(pattern: str) -> tuple[Node, Node]:
    """What stands before the group `value` of a pattern that RE2 accepts (EMPTY where it has none, or not always the same), and
    the rest of it. Groups are gone: a gate asks whether something may match, not what a part is.
    """
    parser = _Parser(spelt(pattern))
    tree = parser.alternatives()
    if not parser.lead or not isinstance(tree, Seq):
        return EMPTY, tree
    return seq(tree.parts[: parser.lead]), seq(tree.parts[parser.lead :])


def spellings(char: str) -> list[str]:
    """The ways to write a character: as one, and with its accents, or the parts of its syllable, as characters of their own."""
    if "가" <= char <= "힣":  # a syllable's parts are not in the table
        return [char, unicodedata.normalize("NFD", char)]
    first, *rest = unicodedata.decomposition(char).split(" ")
    if not rest or first.startswith("<"):
        return [char]
    marks = "".join(chr(int(part, 16)) for part in rest)
    return [char, *(spelling + marks for spelling in spellings(chr(int(first, 16))))]


def spelt(pattern: str) -> str:
    """The pattern with each letter that can be written in several ways written in each; not those of a class."""
    return pattern if pattern.isascii() else _LETTER.sub(_each_spelling, pattern)


def _each_spelling(found: re.Match[str]) -> str:
    written = spellings(found[0]) if len(found[0]) == 1 else []
    return f"(?:{'|'.join(written)})" if len(written) > 1 else found[0]


def seq(parts: Sequence[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, Seq) else [part]
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._text, self._at, self._depth = pattern, 0, 0
        self.lead = 0  # parts of the whole that stand before the group `value`
        self._flags: frozenset[str] = frozenset()

    def alternatives(self) -> Node:
        """Up to the end of the group, or of the pattern."""
        flags = self._flags
        self._depth += 1
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        self._depth -= 1
        self._flags = flags
        return options[0] if len(options) == 1 else Alt(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if self._text.startswith("\\Q", self._at):
                quoted, _, _ = self._text[self._at + 2 :].partition("\\E")
                self._at += len(quoted) + 4
                parts += [self._atom(re2.escape(char)) for char in quoted]
                if parts:
                    parts[-1] = self._repeated(parts[-1])
                continue
            if self._depth == 1 and _VALUE.match(self._text, self._at):
                before = seq(parts)
                self.lead = len(before.parts) if isinstance(before, Seq) else 1
            one = self._one()
            if one is not None:
                parts.append(self._repeated(one))
        return seq(parts)

    def _one(self) -> Node | None:
        """The next piece without its repetition; None for a change of flags."""
        char = self._text[self._at]
        if char == "(":
            return self._group()
        if char == "[":
            return self._atom(self._matched(_CLASS))
        if char == "\\":
            found = self._matched(_ESCAPE)
            return Border(found) if found in _BORDERS else self._atom(found)
        self._at += 1
        if char in "^$":
            return Border(f"(?m:{char})" if "m" in self._flags else char)
        if char == ".":
            return Atom("(?s:.)" if "s" in self._flags else ".")
        return self._atom(re2.escape(char))

    def _group(self) -> Node | None:
        flags = self._flags
        if found := _FLAGS.match(self._text, self._at):
            self._at = found.end()
            self._flags = (flags | set(found[1])) - set(found[2] or "")
            if found[3] == ")":
                return None  # from here on, to the end of the group around it
        elif found := _NAMED.match(self._text, self._at):
            self._at = found.end()
        else:
            self._at += 1
        inner = self.alternatives()
        self._take(")")
        self._flags = flags
        return inner

    def _repeated(self, node: Node) -> Node:
        while self._at < len(self._text):
            char, found = self._text[self._at], _REPEAT.match(self._text, self._at)
            if char in "*+?":
                self._at += 1
                least, most = _SIGNS[char]
            elif found:
                self._at = found.end()
                least = int(found[1])
                most = least if found[2] is None else int(found[3]) if found[3] else None
            else:
                break
            self._take("?")  # how many it prefers is no matter here
            node = Repeat(node, least, most)
        return node

    def _atom(self, text: str) -> Atom:
        return Atom(f"(?i:{text})" if "i" in self._flags and text != text.swapcase() else text)

    def _matched(self, what: re.Pattern[str]) -> str:
        found = what.match(self._text, self._at)
        assert found is not None, self._text[self._at :]
        self._at = found.end()
        return found[0]

    def _take(self, sign: str) -> bool:
        there = self._text.startswith(sign, self._at)
        self._at += len(sign) * there
        return there


_BORDERS = {r"\A", r"\z", r"\b", r"\B"}
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
