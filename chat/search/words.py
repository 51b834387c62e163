"""What somebody looks for, and where a text has it: whatever the case, the accents and the width of its letters."""

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 200  # characters of a query that can be looked for
_WORDS = 12  # words of it that are

_QUERY = re.compile(r'"([^"]+)"|(\S+)')
# Accents, and what is only there to be read by: the points of Hebrew and Arabic, what joins and parts emoji and lines.
_UNREAD = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]+"
)

Parts = list["Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text, and whether it is what was looked for."""

    text: str
    marked: bool = False


def fold(text: str) -> str:
    """The text in which words are looked for, as Unicode compares letters without case (Unicode 15, 3.13, D146), and
    without accents. Its length may be another.
    """
    if text.isascii():
        return text.lower()
    open_ = _UNREAD.sub("", unicodedata.normalize("NFKD", text)).casefold()
    # Composed again: of the Korean letters that share a syllable none is a word by itself.
    return unicodedata.normalize("NFC", open_)


def words(query: str) -> list[str]:
    """What has to occur, folded: each word, and what stands in quotation marks as one. Empty where nothing is left."""
    found = (" ".join(fold(quoted or word).split()) for quoted, word in _QUERY.findall(query[:MOST]))
    return list(dict.fromkeys(word for word in found if word))[:_WORDS]


def occur(text: str, wanted: Sequence[str]) -> bool:
    """Whether all of them are in the text."""
    folded = fold(text)
    if any(" " in word for word in wanted):
        folded = " ".join(folded.split())
    return all(word in folded for word in wanted)


def marked(text: str, wanted: Sequence[str]) -> Parts:
    """The text in pieces, those marked that are one of the words."""
    text = unicodedata.normalize("NFC", text)
    parts: Parts = []
    done = 0
    for start, end in _spans(text, wanted):
        parts += [Part(text[done:start]), Part(text[start:end], True)]
        done = end
    return [part for part in [*parts, Part(text[done:])] if part.text]


def folded_places(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters the place of the one it came from. For short texts: it goes
    character by character.
    """
    if text.isascii():
        return text.lower(), range(len(text))
    folded, places = [], []
    for place, character in enumerate(text):
        here = _folded(character)
        folded.append(here)
        places += [place] * len(here)
    return "".join(folded), places


_folded = functools.lru_cache(8192)(fold)


def _spans(text: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words are in the text itself, from left to right, those that touch or overlap as one."""
    folded, places = folded_places(text)
    read = frozenset(places)
    spans: list[tuple[int, int]] = []
    for at, size in sorted((at, len(word)) for word in wanted for at in _occurrences(folded, word)):
        start, end = places[at], places[at + size - 1] + 1
        while end < len(text) and end not in read:  # an accent that follows belongs to its letter
            end += 1
        if spans and start <= spans[-1][1]:
            start, end = spans[-1][0], max(spans.pop()[1], end)
        spans.append((start, end))
    return spans


def _occurrences(folded: str, word: str) -> Iterator[int]:
    """The first places of a word, one after the other."""
    at = folded.find(word)
    while at >= 0:
        yield at
        at = folded.find(word, at + len(word))
