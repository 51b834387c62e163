"""A text cut at the places that checkers found, for a page that marks them."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the text and the rules that matched it, in the order of their names; none: not matched."""

    text: str
    rules: tuple[str, ...] = ()


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
