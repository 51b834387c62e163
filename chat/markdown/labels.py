"""The labels of a text's link definitions made its own, for a file in which other texts stand beside it.

In the lines of a paragraph and what follows it without a blank line. There a backtick that ends no code in its own block, and
a link around an address, may be taken apart otherwise than where they are drawn: then brackets stay text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterator

from chat.markdown.fences import read
from chat.markdown.links import AUTOLINK, LABEL, definition, inline_target, label_key

_SIGN = re.compile(rf"\\[!-/:-@\[-`{{-~]|`+|{AUTOLINK.pattern}|{LABEL.pattern}|[\[\]]", re.DOTALL)
_TICKS = re.compile(r"`+")
# What may stand before a definition in its line.
_OUTSIDE = re.compile(r"[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t>]++)*+")
_LONGEST = 900  # characters; a label has 999 at most


def relabelled(text: str, suffix: str) -> str:
    """The text with `suffix` behind each label that it defines, where it is defined and where it is used; what a reader
    sees of it is the same. Its newlines are "\\n".
    """
    if "]:" not in text:
        return text
    blocks, coded = read(text)
    blocks.end()
    known = {key for key in blocks.ink.known if len(key) + len(suffix) < _LONGEST}
    if not known:
        return text
    made: list[str] = []
    lines = zip(text.split("\n"), coded, strict=True)
    for inline, group in itertools.groupby(lines, key=lambda line: bool(line[0].strip()) and not line[1]):
        joined = "\n".join(line for line, _ in group)
        made.append(_Labels(joined, known, suffix).marked() if inline else joined)
    return "\n".join(made)


class _Labels:
    """Where labels stand in lines without a block of code that follow each other."""

    def __init__(self, text: str, known: set[str], suffix: str) -> None:
        self.text, self.known, self.suffix = text, known, suffix
        self.open: list[str] = []  # brackets with others in them, [ or ![
        self.text_only = 0  # of these so many have a link in them, and are no link around it
        self.no_ticks: set[int] = set()  # so many backticks end no code any more

    def marked(self) -> str:
        parts, done = [], 0
        for place, missing in self._places():
            parts += [self.text[done:place], missing]
            done = place
        return "".join([*parts, self.text[done:]])

    def _places(self) -> Iterator[tuple[int, str]]:
        """Where something is missing, and what."""
        at = 0
        while found := _SIGN.search(self.text, at):
            sign, at = found[0], found.end()
            opening = "![" if self.text.endswith("!", 0, found.start()) else "["
            if sign[0] == "`":
                at = self._code_end(at, len(sign))
            elif sign == "[":
                self.open.append(opening)
            elif sign == "]":
                if opened := self._closed():
                    at = yield from self._behind(at, opened, "")
            elif sign[0] == "<":
                self._link("[")
            elif sign[0] == "[":
                end = self._definition_end(found)
                if end:
                    yield at - 1, self.suffix
                at = end or (yield from self._behind(at, opening, sign[1:-1]))

    def _code_end(self, at: int, length: int) -> int:
        if length not in self.no_ticks:
            for closer in _TICKS.finditer(self.text, at):
                if len(closer[0]) == length:
                    return closer.end()
            self.no_ticks.add(length)
        return at

    def _definition_end(self, label: re.Match[str]) -> int:
        start = label.start()
        nearest = max(0, start - _LONGEST)
        line = self.text.rfind("\n", nearest, start) + 1 or nearest
        if not self._is_known(label[0][1:-1]) or not _OUTSIDE.fullmatch(self.text, line, start):
            return 0
        found = definition(self.text, start, True)
        return found.end if found else 0

    def _link(self, opening: str) -> None:
        if opening == "[":  # links hold no links, but images
            self.text_only = len(self.open)

    def _closed(self) -> str:
        """The bracket that is closed, "" if it is text."""
        opened, depth = (self.open.pop(), len(self.open)) if self.open else ("", 0)
        text_only = opened == "[" and depth < self.text_only
        self.text_only = min(self.text_only, depth)
        return "" if text_only else opened

    def _behind(self, at: int, opening: str, own: str) -> Generator[tuple[int, str], None, int]:
        """What is missing behind brackets that may be the text of a link, `own` if there are none in them; returns where to
        go on."""
        if target := inline_target(self.text, at):
            self._link(opening)
            return target.end
        label = LABEL.match(self.text, at)
        if label and label[1].strip(" \t\n"):
            if not self._is_known(label[1]):
                return at
            self._link(opening)
            yield label.end() - 1, self.suffix
            return label.end()
        if not self._is_known(own):
            return at
        self._link(opening)
        yield (at + 1, own + self.suffix) if label else (at, f"[{own}{self.suffix}]")
        return label.end() if label else at

    def _is_known(self, label: str) -> bool:
        return label_key(label) in self.known
