"""A text as it may be read: as written, folded, with JSON's escapes resolved; what a page may make of Markdown is in marks.py.

A view is made of a window of the text and knows of each of its characters where it stands in the window. What cannot be read yet
because it is cut off (half an escape, half an entity) ends the view; the window goes on there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from .fold import accented, alike, fold, plain

LEFT = (
    5  # characters before a window that are remembered: those before what a rule finds, and one for a border
)
Span = tuple[int, int]
Unit = tuple[str, int, int]  # what is read, and where in the window it stands


@dataclass(frozen=True)
class View:
    """`text` as the view `kind` reads the window. `begun`: where the window holds something that is cut off; its length where
    it does not. `left`: the LEFT characters before the window, as this view reads
    them; less at the text's beginning. `exact`: what
    is found in it is really there; else it may be, once a page is drawn. `before`: the text in which look-alikes are not yet
    the letters they look like, of the same length.
    """

    kind: str
    text: str
    begun: int
    left: str
    units: Callable[[], Iterable[Unit]] | None = None  # None: the window as it is
    exact: bool = True
    before: str | None = None

    @cached_property
    def spans(self) -> list[Span] | None:
        """For each character of `text`, where what it stands for begins and ends in the window."""
        if self.units is None:
            return None
        return [(start, end) for read, start, end in self.units() for _ in read]


def with_look_alikes(views: Iterable[View]) -> Iterator[View]:
    """Each view, and behind it the same with look-alikes taken for the letters they look like, where it has any."""
    for view in views:
        yield view
        if view.kind != "written" and not (view.text.isascii() and view.left.isascii()):
            read, left = alike(view.text), alike(view.left)
            if (read, left) != (view.text, view.left):
                yield replace(view, kind=f"{view.kind}, alike", text=read, left=left, before=view.text)


class Reading(NamedTuple):
    """A window in plain ASCII as it is easily read: without what is `dropped` of it, white space being one character; `left` as for
    a View.
    """

    left: str
    text: str
    dropped: str = ""

    def place(self, window: str, index: int) -> int:
        """Where in the window the character stands that is at `index` of the text."""
        if not self.dropped:
            return index
        place, missing, blank = len(window), len(self.text) - index, False
        while missing > 0 or (blank and window[place - 1 : place].isspace()):
            place -= 1
            char = window[place]
            if char in self.dropped:
                continue
            missing -= not (blank and char.isspace())
            blank = char.isspace()
        return place


class Plain:
    """As written, folded, and with accents but else folded."""

    def __init__(self) -> None:
        self._written = self._folded = self._accented = ""

    def of(self, window: str) -> Iterator[View]:
        """The views of what follows the text that was passed. One that would be as another is left out."""
        yield from self.exact(window)
        yield from self.doubtful(window)

    def doubtful(self, window: str) -> Iterator[View]:
        """Those that are not exact."""
        return iter(())

    def exact(self, window: str) -> Iterator[View]:
        """Those in which what is found is really there."""
        yield View("written", window, len(window), self._written)
        if self._written != self._folded or not plain(window) or alike(self._folded) != self._folded:
            yield self._fold(window)
        if (self._written, window) != (self._accented, read := accented(window)):
            yield View("accented", read, len(window), self._accented, lambda: folded(units(window), accented))

    def easily(self, window: str) -> list[Reading] | None:
        """The texts of the same views, the window itself first; None where they are not easily made."""
        left = self._written
        return [Reading(left, window)] if plain(window) and left.isascii() and left == self._folded else None

    def may_go_on(self, window: str) -> bool:
        """Whether more of the window may be let through only since what stood before it has passed."""
        return False

    def whole(self, window: str, size: int) -> int:
        """`size`, or less where that would cut in two what is read as one."""
        return size

    def pass_by(self, window: str, size: int) -> None:
        """The window's first `size` characters, at least one and a `whole` size, are not looked at again."""
        passed = window[:size]
        read = with_accents = passed
        if not plain(passed):
            read, with_accents = fold(passed), accented(passed)
        self._written = (self._written + passed)[-LEFT:]
        self._folded = (self._folded + read)[-LEFT:]
        self._accented = (self._accented + with_accents)[-LEFT:]

    def _fold(self, window: str) -> View:
        return View("folded", fold(window), len(window), self._folded, lambda: folded(units(window)))


class Json(Plain):
    """The same, and what JSON's escapes stand for."""

    def __init__(self) -> None:
        super().__init__()
        self._read = self._read_accented = ""

    def exact(self, window: str) -> Iterator[View]:
        yield from super().exact(window)
        if self._read != self._folded or self._read_accented != self._accented or "\\" in window:
            yield from self._unescape(window)

    def easily(self, window: str) -> list[Reading] | None:
        apart = self._read != self._written or self._read_accented != self._written
        return None if apart or "\\" in window else super().easily(window)

    def whole(self, window: str, size: int) -> int:
        return whole(window, size, _ESCAPES) if "\\" in window[:size] else size

    def pass_by(self, window: str, size: int) -> None:
        read, with_accents = (view.left + view.text for view in self._unescape(window[:size]))
        self._read, self._read_accented = read[-LEFT:], with_accents[-LEFT:]
        super().pass_by(window, size)

    def _unescape(self, window: str) -> Iterator[View]:
        found, begun = cut(window, _ESCAPES)
        for kind, form, left in (
            ("read", fold, self._read),
            ("read, accented", accented, self._read_accented),
        ):
            read = list(folded(found, form))
            yield View(kind, "".join(unit[0] for unit in read), begun, left, functools.partial(iter, read))


NONE, UNENDED = -1, -2  # in place of where something ends: there is none, or it is cut off


@dataclass(frozen=True, slots=True)
class Sign:
    """A character with which something begins that is read as something else: where that ends which begins at a place of a
    window, and what it is read as.
    """

    first: str
    end: Callable[[str, int], int]
    read: Callable[[str], str]


def by_patterns(whole: re.Pattern[str], begun: re.Pattern[str]) -> Callable[[str, int], int]:
    """Where something ends, by patterns of all of it and of what may become it at the end of a window."""

    def end(window: str, at: int) -> int:
        if begun.match(window, at):
            return UNENDED
        found = whole.match(window, at)
        return found.end() if found else NONE

    return end


def units(window: str) -> Iterator[Unit]:
    return ((char, at, at + 1) for at, char in enumerate(window))


def folded(found: Iterable[Unit], form: Callable[[str], str] = fold) -> Iterator[Unit]:
    return ((form(text), start, end) for text, start, end in found)


def cut(window: str, signs: tuple[Sign, ...], at: int = 0) -> tuple[list[Unit], int]:
    """The window's units from `at` on, up to one that is cut off, and where that begins."""
    found: list[Unit] = []
    while at < len(window):
        sign = next((sign for sign in signs if sign.first == window[at]), None)
        end = sign.end(window, at) if sign else NONE
        if end == UNENDED:
            return found, at
        if sign and end != NONE:
            found.append((sign.read(window[at:end]), at, end))
            at = end
            continue
        found.append((window[at], at, at + 1))
        at += 1
    return found, len(window)


def whole(window: str, size: int, signs: tuple[Sign, ...]) -> int:
    """`size`, or where the unit begins that it would cut in two."""
    found, begun = cut(window, signs)
    size = size if size == len(window) else min(size, begun)
    return next((start for _, start, end in found if start < size < end), size)


def _character(escape: str) -> str:
    if escape[1] != "u":
        return _SIMPLE.get(escape[1], escape[1])
    return bytes.fromhex(escape.replace("\\u", "")).decode("utf-16-be", "replace")


_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_PAIR = r"\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}"
_ESCAPES = (
    Sign(
        "\\",
        by_patterns(
            re.compile(rf"{_PAIR}|\\u[0-9A-Fa-f]{{4}}|\\[^u]", re.DOTALL),
            re.compile(
                r"\\(?:u[0-9A-Fa-f]{0,3}|u[dD][89abAB][0-9A-Fa-f]{2}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9A-Fa-f]?)?)?)?)?)?\Z"
            ),
        ),
        _character,
    ),
)
