"""A list of words and phrases as a text that goes on meets them: which may have begun.

RE2 finds the whole ones (rules.source). For their beginnings it would need a program for each beginning of each word, which
takes seconds to make; a sorted list knows them at once.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from itertools import product

from .rules import NO_WORD, bordered
from .syntax import spellings

_BLANKS = re.compile(r"\s+")


class Phrases:
    """Places are in bytes of UTF-8: of the border before a phrase, or of its first character at the text's beginning or where
    it needs no border.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        plain = [" ".join(unicodedata.normalize("NFC", entry).split()) for entry in entries]
        self._words = _Sorted(entry for entry in plain if bordered(entry))
        self._anywhere = _Sorted(entry for entry in plain if not bordered(entry))

    @property
    def beginning(self) -> str:
        """Where to look: the border where there is one, and the first two characters of a phrase."""
        words, anywhere = self._words.beginning, self._anywhere.beginning
        parts = [rf"(?:\A|{NO_WORD})(?:{words})"] if words else []
        return f"(?i:{'|'.join([*parts, anywhere] if anywhere else parts)})"

    def held(self, data: bytes, place: int) -> int | None:
        """Where the phrase begins that what stands from `place` to the end may become, or is and has just ended."""
        text = data[place:].decode()
        if self._anywhere.opens(text) or (place == 0 and self._words.opens(text)):
            return place
        if not (_is_border(text[0]) and self._words.opens(text[1:])):
            return None
        return place + len(text[0].encode())

    def first_held(self, data: bytes, place: int) -> int:
        """The first such beginning from `place` on; the end of `data` where there is none."""
        text, kept = data[place:].decode(), 0
        longest = max(self._words.longest, self._anywhere.longest)
        start = len(text)
        while start > 0 and kept <= longest + 2:
            start -= 1
            kept += not text[start - 1 : start + 1].isspace()
        for index in range(start, len(text)):
            at_start = place == 0 and index == 0
            if self._anywhere.opens(text[index:]) or (at_start and self._words.opens(text)):
                return place + len(text[:index].encode())
            if (at_start or _is_border(text[index])) and self._words.opens(text[index + 1 :]):
                return place + len(text[: index + 1].encode())
        return len(data)


class _Sorted:
    """Entries that are asked for by their beginnings."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._given = list(entries)
        # Wherever RE2's folding of cases makes two texts one, so does this; where this makes more of them one, more is held.
        self._entries = sorted({_plain(entry) for entry in self._given})
        self.longest = max(map(len, self._entries), default=0)

    @property
    def beginning(self) -> str:
        seconds: dict[str, set[str]] = {}
        for entry in (form for given in self._given for form in {given, given.replace("ß", "ss")}):
            for first, second in product(spellings(entry[0]), spellings(entry[1]) if entry[1:] else [""]):
                begun = (first + second)[:2]
                seconds.setdefault(begun[0], set()).add(begun[1:])
        options = []
        for first, following in seconds.items():
            rest = "" if "" in following else rf"(?:\z|[{''.join(map(_written, sorted(following)))}])"
            options.append(_written(first) + rest)
        return "|".join(options)

    def opens(self, text: str) -> bool:
        """Whether an entry may begin with all of this, or has ended before its last character: which is known a character later."""
        if not self._entries:
            return False
        for some in (text[: 2 * self.longest + 16], text):
            plain = _plain(some)
            if len(plain) > self.longest + 1:
                return False
            if len(some) == len(text):
                break
        if self._begins(plain):
            return True
        before = _plain(text[:-1])
        at = bisect_left(self._entries, before)
        return at < len(self._entries) and self._entries[at] == before

    def _begins(self, plain: str) -> bool:
        at = bisect_left(self._entries, plain)
        return at < len(self._entries) and self._entries[at].startswith(plain)


def _plain(text: str) -> str:
    """In no case, and with accents as characters of their own: what is written in one or in several begins alike."""
    return unicodedata.normalize("NFD", _BLANKS.sub(" ", text.casefold()))


def _is_border(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] not in "LMN" and category != "Cf" and char != "_"


def _written(char: str) -> str:
    """One character of an entry, in a pattern or in a class of one."""
    return r"\s" if char == " " else rf"\x{{{ord(char):x}}}"
