"""Which `*`, `_` and `~~` open and which close.

The algorithm is that of https://spec.commonmark.org/0.31.2/#phase-2-inline-structure; of `~` two
mean something, and any other number of them is text. What is left open at the end of an unfinished
text is drawn as if it were closed there, which is how it most likely ends.
"""

from __future__ import annotations

import unicodedata

TAGS = {("*", 1): "em", ("*", 2): "strong", ("_", 1): "em", ("_", 2): "strong", ("~", 2): "del"}
MOST_GUESSED = 3


def is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


class Run:
    """A run of one delimiter: first closes `closes` elements, then stands for itself `count` times,
    then opens `opens`, outermost first."""

    __slots__ = ("can_close", "can_open", "char", "closes", "count", "guess", "length", "opens")

    def __init__(self, char: str, count: int, before: str, after: str) -> None:
        self.char, self.count, self.length = char, count, count
        self.closes = 0
        self.opens: list[str] = []
        space_before, space_after = before.isspace(), after.isspace()
        mark_before = not space_before and is_punctuation(before)
        mark_after = not space_after and is_punctuation(after)
        left = not space_after and (not mark_after or space_before or mark_before)
        right = not space_before and (not mark_before or space_after or mark_after)
        if char == "~" and count != 2:
            self.can_open = self.can_close = False
        elif char == "_":
            self.can_open = left and (not right or mark_before)
            self.can_close = right and (not left or mark_after)
        else:
            self.can_open, self.can_close = left, right
        # Inside a word a star is more often a product than emphasis.
        self.guess = space_before or mark_before

    def hopeless(self) -> bool:
        """Whether nothing that follows can make this run mean more."""
        return not self.can_open or not self.count


def match(runs: list[Run], start: int) -> None:
    """Pair the runs from `start` on; afterwards those that may still open are left in the list."""
    bottoms: dict[tuple[str, bool, int], Run | None] = {}
    floor = runs[start - 1] if start else None
    at = start
    while at < len(runs):
        closer = runs[at]
        if not closer.can_close or not closer.count:
            at += 1
            continue
        key = (closer.char, closer.can_open, closer.length % 3)
        bottom = bottoms.get(key, floor)
        found = at - 1
        while found >= start and runs[found] is not bottom:
            if _pairs(runs[found], closer):
                break
            found -= 1
        else:
            found = -1
        if found < 0:
            bottoms[key] = runs[at - 1] if at else None
            if closer.can_open:
                at += 1
            else:
                del runs[at]
            continue
        opener = runs[found]
        size = 2 if opener.count >= 2 and closer.count >= 2 else 1
        opener.opens.insert(0, TAGS[closer.char, size])
        closer.closes += 1
        opener.count -= size
        closer.count -= size
        del runs[found + 1 : at]
        at = found + 1
        if not opener.count:
            del runs[found]
            at -= 1
        if not closer.count:
            del runs[at]


def _pairs(opener: Run, closer: Run) -> bool:
    if opener.char != closer.char or not opener.can_open or not opener.count:
        return False
    if closer.char == "~" or not (opener.can_close or closer.can_open):
        return True
    return (opener.length + closer.length) % 3 != 0 or (opener.length % 3 == 0 and closer.length % 3 == 0)


def guess(runs: list[Run], start: int) -> None:
    """Open what is left in the list from `start` on, as far as it looks meant."""
    meant = [run for run in runs[start:] if run.guess and not run.hopeless() and run.count <= 3]
    for run in meant[:MOST_GUESSED]:
        if run.count == 3:
            run.opens += ["em", "strong"]
        else:
            run.opens.append(TAGS[run.char, run.count])
        run.count = 0
    del runs[start:]
