"""The paragraph: the one block whose text is read again while it grows.

Only its unsettled end is: where no later character can change the meaning of what stands there
(nothing is open, the line has ended), the nodes are closed. Beyond `LONGEST_OPEN` unsettled
characters they are closed anyway, which bounds the work for texts made to be slow. A paragraph
longer than `SEGMENT` goes on in a `<span>`, and another one, so that no redraw is longer than that.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping

from chat.markdown.ink import Ink
from chat.markdown.inline import parse
from chat.markdown.links import UNDECIDED, definition
from chat.markdown.nodes import Element, Node
from chat.markdown.table import head_guess, looks_like_table
from chat.markdown.tokens import Parsed

STEP = 500  # characters of one line after which its text may be closed at a space
LONGEST_OPEN = 2000
SEGMENT = 1000
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_TASK_BEGUN = re.compile(r"\[(?:[ xX](?:\][ \t]*)?)?\Z")
_SPACE = re.compile(r"\s")


class Paragraph:
    kind = "paragraph"

    def __init__(self, ink: Ink, task: bool = False) -> None:
        self.ink = ink
        self.whole: list[Node] = []  # closed children: the first segment's, then segments
        self.base = self.whole  # closed children of the segment that grows
        self.closed = 0  # characters closed in that segment
        self.tries = 0  # unsettled characters below which settling is not tried again
        self.raw = ""  # text whose nodes are not closed yet
        self.before = "\n"  # the character left of it
        self.lines = 0
        self.last = 0  # where the last line begins in `raw`
        self.step = STEP
        self.limit = LONGEST_OPEN
        self.mid_line = False
        self.task = task
        self.definable = True  # so far there is nothing but reference definitions
        self.calm = False

    def add(self, line: str) -> None:
        """One more line, or the beginning of a very long one."""
        if self.lines:
            self._settle()
            self.raw += "\n"
        self.last = len(self.raw)
        self.raw += line
        self.lines += 1

    def extend(self, text: str) -> None:
        """More of a very long line; what is closed depends on the text alone."""
        if not self.mid_line:
            self._define(True)
            self.definable = False
            self.mid_line = True
            self.step = len(self.raw)  # what has been drawn stays in its segment
            self.limit = max(LONGEST_OPEN, self.step + STEP)
        self.raw += text
        while True:
            space = _SPACE.search(self.raw, self.step, self.limit)
            if space is None:
                if len(self.raw) <= self.limit:
                    return
                at = _between_runs(self.raw, self.limit)
                self._close(parse(self.raw[:at], self.ink.known, self.before), at)
                self._end_long_segment()
                continue
            parsed = parse(self.raw[: space.start()], self.ink.known, self.before)
            if parsed.settled and not self.raw.endswith("\\", 0, space.start()):
                self._close(parsed, space.start())
                self._end_long_segment()
            else:
                self.step = min(space.start() + STEP, self.limit)

    def end_line(self) -> None:
        """The last line has ended."""
        self.mid_line = False
        if "|" not in self.last_line():  # it may be the head of a table, and leave
            self._settle()
            if not self.raw.strip(" \t"):
                self._end_long_segment()

    def last_line(self) -> str:
        return self.raw[self.last :]

    def drop_last_line(self) -> str:
        """Take back the line that turned out to be the head of a table."""
        line = self.last_line()
        self.raw, self.lines = self.raw[: self.last], self.lines - 1
        return line

    def has_text(self) -> bool:
        return not self.definable or _definitions(self.raw, True)[0] < len(self.raw)

    def draw(self, partial: str | None, closed: bool) -> list[Node]:
        """The paragraph as it looks now, with `partial` as the beginning of its next line."""
        text = self.raw + ("\n" if self.lines and not self.mid_line else "") + (partial or "")
        self.calm = False
        known: Mapping[str, str] = self.ink.known
        if self.definable:
            at, undecided, found = _definitions(text, closed)
            if undecided:
                return []
            text = text[at:]
            known = ChainMap(self.ink.known, found) if found else known
        lead: list[Node] = []
        if self.task and not self.whole:
            if not closed and _TASK_BEGUN.match(text):
                return []
            lead, text = self._box(text)
        if not closed and not self.whole and looks_like_table(text):
            return [head_guess(text)]
        parsed = parse(text.rstrip(" \t\n") if closed else text, known, self.before, not closed)
        kids = lead + parsed.nodes
        if not kids and not self.whole:
            return []
        self.calm = parsed.calm and partial is not None and not closed
        if self.base is not self.whole and (kids or self.base):
            kids = [Element("span", [], base=self.base).view(kids)]
        return [self._element("p").view(kids)]

    def close(self, tag: str = "p") -> list[Node]:
        """The finished paragraph (or a heading of its text); nothing if it only defined references."""
        self._define(True)
        parsed = parse(self._boxed().rstrip(" \t\n"), self.ink.known, self.before)
        self._close(parsed, len(self.raw))
        self._end_segment()
        return [self._element(tag)] if self.whole else []

    def _element(self, tag: str) -> Element:
        return Element(tag, [], base=self.whole, guarded=True)

    def _settle(self) -> None:
        """Close the nodes of all lines if nothing that follows can change them."""
        if self.definable:
            self._define(False)
        text = self._boxed().rstrip(" \t")
        if self.definable or len(text) < self.tries or not text.strip():
            return
        parsed = parse(text, self.ink.known, self.before)
        if (parsed.settled and not text.endswith("\\")) or len(text) >= LONGEST_OPEN:
            self._close(parsed, len(text))
        else:
            self.tries = min(2 * len(text), LONGEST_OPEN)

    def _close(self, parsed: Parsed, length: int) -> None:
        self.ink.missing.update(key for key in parsed.missing if key not in self.ink.known)
        self.ink.close(self.base, parsed.nodes)
        self.before = self.raw[length - 1 : length] or self.before
        self.raw = self.raw[length:]
        self.last = max(0, self.last - length)
        self.step, self.tries, self.limit = STEP, 0, LONGEST_OPEN
        self.closed += length

    def _end_long_segment(self) -> None:
        """Called only where nothing behind the closed text has been drawn yet."""
        if self.closed >= SEGMENT:
            self._end_segment()

    def _end_segment(self) -> None:
        if self.base is not self.whole and self.base:
            self.ink.close(self.whole, [Element("span", [], base=self.base)])
        self.base, self.closed = [], 0

    def _boxed(self) -> str:
        """The open text, after the box of a task has been closed."""
        if self.task and not self.whole and (match := _TASK.match(self.raw)):
            self.ink.close(self.base, self._box(self.raw)[0])
            self._cut(match.end())
        self.task = self.task and not self.raw
        return self.raw

    def _box(self, text: str) -> tuple[list[Node], str]:
        match = _TASK.match(text)
        if match is None:
            return [], text
        box = "\u2610" if match[1] == " " else "\u2611"
        return [Element("span", [box], ' class="task"'), " "], text[match.end() :]

    def _define(self, final: bool) -> None:
        if not self.definable:
            return
        at, undecided, found = _definitions(self.raw, final)
        for key, url in found.items():
            self.ink.define(key, url)
        self._cut(at)
        self.definable = undecided or (not final and not self.raw)

    def _cut(self, length: int) -> None:
        self.raw = self.raw[length:]
        self.last = max(0, self.last - length)


def _definitions(text: str, final: bool) -> tuple[int, bool, dict[str, str]]:
    """Where the text after the definitions begins, whether that may still change, and what they define."""
    at = 0
    known: dict[str, str] = {}
    while text.startswith("[", at):
        found = definition(text, at, final)
        if found is UNDECIDED:
            return at, True, known
        if found is None:
            break
        known.setdefault(found.key, found.url)
        at = found.end
    return at, False, known


def _between_runs(text: str, limit: int) -> int:
    """A place near `limit` to cut `text`, not inside a run of one character if that can be."""
    at = limit
    while at > 1 and text[at] == text[at - 1]:
        at -= 1
    return at if at > 1 else limit
