"""Pattern rules over a text that is whole: every place in it that one finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .automaton import Automaton, Hit, after
from .fold import accented, disguised, fold
from .rules import Rule
from .views import Plain, View, with_look_alikes

# A reviewer needs to see where; after so many places of one rule in one text the rest adds nothing.
PLACES = 100
# Bytes of matches of one rule that did not count, in one look at a text, until it is looked for behind them and no longer
# within them: some milliseconds' work. Without an end to it a rule such as `a+$` takes the square of a text's length.
PATIENCE = 1 << 19


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule has found: `start:end` in code points of the text."""

    rule: Rule
    start: int
    end: int


def scan(
    rules: Automaton,
    text: str,
    views: Plain,
    visible: Callable[[str], str] | None = None,
    most: int = PLACES,
) -> list[Found]:
    """Every place that a rule finds in any view of the text, in order; at `most` so many of one rule in one view. `visible`:
    what a reader sees of it, where that is not what is written; a place that only this has is told by what could be it in the
    text, or by all of the text.
    """
    found: dict[Found, None] = {}
    for view in with_look_alikes(views.exact(text)):
        found |= dict.fromkeys(_places(rules, view, most))
    if visible is not None and (shown := visible(text)) != text:
        known = {each.rule.name for each in found}
        unknown = {name: rule for name, rule in found_in(rules, shown).items() if name not in known}
        # Where they stand is looked for only now: to read a text in every way takes a hundred times as long.
        for view in with_look_alikes(views.doubtful(text)) if unknown else ():
            found |= {each: None for each in _places(rules, view, most) if each.rule.name in unknown}
        told = {each.rule.name for each in found}
        found |= {Found(rule, 0, len(text)): None for name, rule in unknown.items() if name not in told}
    return sorted(found, key=lambda each: (each.start, each.end, each.rule.name))


def found_in(rules: Automaton, text: str) -> dict[str, Rule]:
    """The rules that find something in a text, as it is written, with accents or without but else folded, or looks, by name."""
    names: dict[str, Rule] = {}
    copies = {text: "written", accented(text): "accented", fold(text): "folded"}
    for view in with_look_alikes(View(kind, copy, len(copy), "") for copy, kind in copies.items()):
        for each in _places(rules, view, 1):
            names[each.rule.name] = each.rule
    return names


def _places(rules: Automaton, view: View, most: int) -> Iterator[Found]:
    data = view.text.encode("utf-8", "replace")
    seen = Seen(view, data, 0, 0)
    places: dict[str, list[Found]] = {}

    def take(hit: Hit) -> int:
        if not seen.counts(hit):
            return seen.again(hit)
        found = places.setdefault(hit.rule.name, [])
        found.append(Found(hit.rule, seen.at(hit.first), seen.end(hit.last)))
        return len(data) if len(found) >= most else max(after(data, hit.start), hit.last)

    rules.all(data, take)
    for found in places.values():
        yield from found


class Seen:
    """From places in a view's bytes back to the text. `skipped` bytes of `data` come before the window, which begins at `base`."""

    def __init__(self, view: View, data: bytes, skipped: int, base: int) -> None:
        self.view, self.data = view, data
        self.skipped, self._base, self._ascii = skipped, base, len(data) == skipped + len(view.text)
        self._read: dict[str, int] = {}
        # A place and its index: others are counted from there, for they are asked for in order.
        self._known = skipped, 0

    def _index(self, place: int) -> int:
        if self._ascii:
            return place - self.skipped
        known, index = self._known
        between = len(self.data[min(known, place) : max(known, place)].decode())
        self._known = place, index + (between if place >= known else -between)
        return self._known[1]

    def counts(self, hit: Hit) -> bool:
        """It really is one: by its rule's own check, and no word of another alphabet that only looks like one."""
        if hit.rule.validate and not hit.rule.validate(self.data[hit.first : hit.last].decode()):
            return False
        if self.view.before is None:
            return True
        first, last = (self._index(max(place, self.skipped)) for place in (hit.first, hit.last))
        return disguised(self.view.before[first:last])

    def patient(self, hit: Hit) -> bool:
        """Whether its rule may also be looked for within a match that did not count; asked once for each."""
        read = self._read[hit.rule.name] = self._read.get(hit.rule.name, 0) + hit.last - hit.start
        return read <= PATIENCE

    def again(self, hit: Hit) -> int:
        """From where on the rule of a match that did not count is looked for."""
        following = after(self.data, hit.start)
        return following if self.patient(hit) else max(following, hit.last)

    def at(self, place: int) -> int:
        index, spans = self._index(max(place, self.skipped)), self.view.spans
        if spans is None:
            return self._base + index
        return self._base + (spans[index][0] if index < len(spans) else self.view.begun)

    def end(self, place: int) -> int:
        index, spans = self._index(place), self.view.spans
        return self._base + (index if spans is None else spans[index - 1][1])
