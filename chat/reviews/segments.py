"""A text cut at the places that checkers found and that readers had come to, for a page that marks them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

VEIL = "•"
_VEIL_MOST = 400  # characters: what is longer is veiled by so many


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text and the rules that matched it, in the order of their names; none: not matched. `veiled`: its text
    is not shown, only that there is some. `frontier`: who had been shown the text up to its end.
    """

    text: str
    rules: tuple[str, ...] = ()
    veiled: bool = False
    frontier: str = ""


def segments(text: str, spans: Iterable[tuple[int, int, str]]) -> list[Segment]:
    """Cut `text` by spans (start, end, rule), in code points with the end exclusive.

    Spans that overlap become one segment with all their rules; what a span says outside the text is ignored.
    The segments' texts, joined, are the text.
    """
    found: list[Segment] = []
    done = 0
    for start, end, rules in _merged(text, spans):
        if start > done:
            found.append(Segment(text[done:start]))
        found.append(Segment(text[start:end], tuple(sorted(rules))))
        done = end
    if done < len(text):
        found.append(Segment(text[done:]))
    return found


def frontiers(cut: list[Segment], readers: Mapping[int, str]) -> list[Segment]:
    """The same, cut once more where somebody had read to: `readers` are words by the number of characters."""
    found: list[Segment] = []
    begin = 0
    for segment in cut:
        end, done = begin + len(segment.text), 0
        for place in sorted(place for place in readers if begin < place <= end):
            piece = segment.text[done : place - begin]
            found.append(Segment(piece, segment.rules, frontier=readers[place]))
            done = place - begin
        if done < len(segment.text):
            found.append(Segment(segment.text[done:], segment.rules))
        begin = end
    return found


def veiled(cut: list[Segment], whole: bool) -> list[Segment]:
    """The same without the text of what matched, or without any text: as many signs as it had characters."""
    return [
        Segment(_veil(segment.text), segment.rules, True, segment.frontier)
        if whole or segment.rules
        else segment
        for segment in cut
    ]


def _veil(text: str) -> str:
    # The breaks between words and lines stay, so that it looks like a text.
    return "".join(char if char in " \n" else VEIL for char in text[:_VEIL_MOST])


def _merged(text: str, spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, set[str]]]:
    merged: list[tuple[int, int, set[str]]] = []
    for start, end, rule in sorted((max(0, start), min(len(text), end), rule) for start, end, rule in spans):
        if start >= end:
            continue
        if merged and start < merged[-1][1]:
            first, last, rules = merged[-1]
            merged[-1] = (first, max(last, end), rules | {rule})
        else:
            merged.append((start, end, {rule}))
    return merged
