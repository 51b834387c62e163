"""Markdown's marks: what a page may take out of a text, and so what a reader may see of it.

Which marks it takes is known only when a block has ended. Until then every way is looked at that could show what a rule
looks for; what is found in one is a doubt (holding.py).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence

from .fold import accented, fold, plain
from .targets import SIGNS, readings_of
from .views import (
    LEFT,
    Plain,
    Reading,
    Unit,
    View,
    folded,
    units,
    whole,
)

MARKS = "*_`~[]<>!"
# Which marks each way of reading keeps.
_KEPT = {
    "all": MARKS,
    "words": "_",
    "none": "",
    "links": "_[]<>!",
    "brackets": "[]<>!",
    "tight": "_",
    "code": "_",
}
# A way that a window gives no reason to look at reads it as this one does.
_LIKE = {
    "words": "all",
    "none": "words",
    "links": "words",
    "brackets": "links",
    "tight": "words",
    "code": "words",
}
# Those in which nothing before a link's target is a link, and so a target is text; and the one in which an entity is none.
_AS_TEXT = {"all", "links", "brackets", "code"}
# What each drops, and a sign for that white space is not as it was.
_GONE = {way: "".join(set(MARKS) - set(kept)) or "\0" for way, kept in _KEPT.items()}
_DROPPED = {way: str.maketrans("", "", "".join(set(MARKS) - set(kept))) for way, kept in _KEPT.items()}
_OTHER = re.compile(r"[^\x20-\x7e]|[*_`~\\\[\]<>!&]|  ")
_READ = re.compile(r"[^\x20-\x7e]|[\\&\]]|  ")
_MARK, _BRACKET, _SIGN = re.compile(r"[*_`~\[\]<>!]"), re.compile(r"[\[\]<>!]"), re.compile(r"[\\&\]]")
_RUN = re.compile(r"\s\s+|[\t\n\v\f\r]")
_TIGHT = re.compile(r"`[ \n]|[ \n]`")


class Markdown(Plain):
    """As written, folded, and as a page may show it: entities, links' targets, escapes and marks taken for what they seem."""

    def __init__(self) -> None:
        super().__init__()
        # The characters before the window in each way, folded and with accents; None: as Plain has them.
        self._lefts: dict[str, tuple[str, str]] | None = None
        self._apart = False  # whether any is another

    def doubtful(self, window: str) -> Iterator[View]:
        if not self._apart and not _OTHER.search(window):
            return
        seen = {(self._written, window)}
        for view in self._ways(window, self._reasons(window)):
            if (view.left, view.text) not in seen:
                seen.add((view.left, view.text))
                yield view

    def easily(self, window: str) -> list[Reading] | None:
        found = super().easily(window)
        if found is None or not (self._apart or _OTHER.search(window)):
            return found
        ways = self._reasons(window)
        if "tight" in ways or _SIGN.search(window):
            return None
        lefts = self._before()
        for way in ways:
            left, with_accents = lefts[way]
            if left != with_accents or not left.isascii():
                return None
            reading = Reading(left, _RUN.sub(_blank, window.translate(_DROPPED[way])), _GONE[way])
            if reading[:2] not in [other[:2] for other in found]:
                found.append(reading)
        return found

    def may_go_on(self, window: str) -> bool:
        # Of many links only the first are told apart.
        return "](" in window or "][" in window

    def whole(self, window: str, size: int) -> int:
        return whole(window, size, SIGNS) if _READ.search(window, 0, size) else size

    def pass_by(self, window: str, size: int) -> None:
        lefts = self._before()
        super().pass_by(window, size)
        if not _OTHER.search(window, max(0, size - LEFT), size) and (size >= LEFT or self._lefts is None):
            self._lefts, self._apart = None, False
            return
        passed = window[:size]
        if plain(passed) and not _SIGN.search(passed):
            read = {way: (passed.translate(_DROPPED[way]),) * 2 for way in _KEPT}
        else:
            readings = readings_of(passed)
            # What has passed of half a target is text: what follows it is not looked at with what stands before it.
            found = next((found for found, _ in readings if found and found[-1][2] == size), readings[-1][0])
            read = {
                way: (_text(folded(spelt)), _text(folded(spelt, accented)))
                for way in _KEPT
                for spelt in [_spelt(passed, readings[-1][0] if way in _AS_TEXT else found, way)]
            }
        self._lefts = {
            way: ((left + text)[-LEFT:], (other + with_accents)[-LEFT:])
            for way, (text, with_accents) in read.items()
            for left, other in [lefts[way]]
        }
        self._apart = any(left != (self._folded, self._accented) for left in self._lefts.values())

    def _before(self) -> dict[str, tuple[str, str]]:
        return self._lefts or dict.fromkeys(_KEPT, (self._folded, self._accented))

    def _reasons(self, window: str) -> set[str]:
        """The ways that may read it otherwise than the others."""
        ways: set[str] = set()
        if self._apart:
            lefts = self._before()
            ways = {way for way, other in _LIKE.items() if lefts[way] != lefts[other]}
            ways |= {"all"} if lefts["all"] != (self._folded, self._accented) else set()
        if _READ.search(window):
            ways.add("all")
        if _MARK.search(window):
            ways.add("words")
            ways |= {"none"} if "_" in window else set()
            ways |= {"links"} if _BRACKET.search(window) else set()
            ways |= {"brackets"} if {"none", "links"} <= ways else set()
            ways |= {"tight"} if _TIGHT.search(window) else set()
            ways |= {"code"} if "`" in window and ("&" in window or "\\" in window) else set()
        return ways

    def _ways(self, window: str, ways: set[str]) -> Iterator[View]:
        readings: Sequence[tuple[list[Unit] | None, int]] = [(None, len(window))]
        if not plain(window) or _SIGN.search(window):
            readings = readings_of(window)
        lefts = self._before()
        for way in ways:
            left, with_accents = lefts[way]
            for found, begun in readings[-1:] if way in _AS_TEXT else readings:
                if found is None and way != "tight":
                    text = _RUN.sub(_blank, window.translate(_DROPPED[way]))
                    spelt = functools.partial(_spelt, window, None, way)
                    yield View(way, text, begun, left, spelt, False)
                    if left != with_accents:
                        yield View(f"{way}, accented", text, begun, with_accents, spelt, False)
                    continue
                shown = _spelt(window, found, way)
                for kind, form, before in ((way, fold, left), (f"{way}, accented", accented, with_accents)):
                    read = list(folded(shown, form))
                    yield View(kind, _text(read), begun, before, functools.partial(iter, read), False)


def _blank(run: re.Match[str]) -> str:
    return "\n" if run[0].count("\n") > 1 else " "


def _text(read: Iterable[Unit]) -> str:
    return "".join(unit[0] for unit in read)


def _spelt(window: str, found: list[Unit] | None, way: str) -> list[Unit]:
    # In the way of code an entity is none.
    read = list(units(window)) if found is None or way == "code" else found
    return list(_spaced(_kept(_tight(read) if way == "tight" else read, way)))


def _kept(found: Iterable[Unit], way: str) -> Iterator[Unit]:
    kept = _KEPT[way]
    return (unit for unit in found if len(unit[0]) != 1 or unit[0] not in MARKS or unit[0] in kept)


def _tight(found: list[Unit]) -> Iterator[Unit]:
    """Without the space that stands inside a code span's mark."""
    for place, unit in enumerate(found):
        beside = {other[0] for other in found[max(0, place - 1) : place + 2]}
        if not (unit[0] in " \n" and "`" in beside):
            yield unit


def _spaced(found: Iterable[Unit]) -> Iterator[Unit]:
    """White space as a page shows it: one space, or a new line where a blank one stands."""
    run: list[Unit] = []
    for unit in found:
        if unit[0].isspace() and fold(unit[0]):
            run.append(unit)
            continue
        yield from _space(run)
        run = []
        yield unit
    yield from _space(run)


def _space(run: list[Unit]) -> Iterator[Unit]:
    if run:
        blank = sum(unit[0].count("\n") for unit in run) > 1
        yield "\n" if blank else " ", run[0][1], run[-1][2]
