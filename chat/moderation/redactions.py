"""Places of a text that something else stands in for."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass


@dataclass(order=True, slots=True)
class _Place:
    start: int
    end: int
    label: str


class Redactions:
    """Offsets are in code points of the text as it was. Places that overlap become one, with the label of the first."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self.reach = 0  # where the last one ends

    def add(self, start: int, end: int, label: str) -> None:
        place = _Place(start, end, label)
        if not self._places or place >= self._places[-1]:  # nearly always: they come in order
            self._append(place)
            return
        insort(self._places, place)
        places, self._places = self._places, []
        for each in places:
            self._append(each)

    def _append(self, place: _Place) -> None:
        if self._places and place.start < self._places[-1].end:
            self._places[-1].end = max(self._places[-1].end, place.end)
        else:
            self._places.append(place)
        self.reach = self._places[-1].end

    def whole(self, cut: int) -> int:
        """`cut`, or where the place begins that it would cut in two."""
        return next((place.start for place in self._places if place.start < cut < place.end), cut)

    def applied(self, text: str, base: int) -> str:
        """`text`, which begins at `base` and cuts no place in two, with what stands in for them."""
        if not self._places:
            return text
        parts, at = [], base
        for place in self._places:
            if place.start >= at and place.end <= base + len(text):
                parts += [text[at - base : place.start - base], place.label]
                at = place.end
        return "".join([*parts, text[at - base :]])

    def shift(self, offset: int) -> int:
        """How much further right a place of the text stands once they are applied."""
        return sum(len(each.label) - (each.end - each.start) for each in self._places if each.end <= offset)
