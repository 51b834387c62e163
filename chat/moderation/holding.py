"""Pattern rules over a text that goes on: nothing of a match is let through, and nothing else is kept for long.

A text is let through up to the first place from which some rule may still match, in any view of it. What has matched blocks,
or is replaced. What may have matched, if Markdown takes its marks for what they seem, waits until the block has ended.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from .automaton import LEAD, Automaton, Hit, after
from .redactions import Redactions
from .rules import Rule
from .scanning import Found, Seen, found_in
from .views import Plain, View, with_look_alikes

DRAWINGS = 20  # of an answer that goes on; what is in doubt after these waits for its end
# Characters that are kept back, from which on they are looked at again only when they are a part more: each look reads all of
# them, and a rule without an end to it can keep back all that comes.
MUCH, PART = 1024, 16
STEP = 1000  # characters that are looked at together at most, since of a window with many links all is read again and again
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A match in a view that is not exact."""

    start: int
    end: int
    rule: Rule


class Hold:
    """One text and what is kept back of it. Offsets are in code points of the text as it was fed, unless it says otherwise.

    `visible` draws Markdown as a reader sees it; it is asked only where something may be disguised by it.
    """

    def __init__(self, rules: Automaton, views: Plain, visible: Callable[[str], str] = str) -> None:
        self._rules, self._views, self._visible = rules, views, visible
        self._text = io.StringIO()
        self._front = 0  # up to here the text has been let through
        self._window = ""  # what comes after
        self._redactions = Redactions()
        self._until: dict[
            tuple[str, str], int
        ] = {}  # where each rule that has redacted goes on, in each view
        self._doubts: set[_Doubt] = set()
        self._cleared = 0  # doubts that end before here have been looked at
        self._undrawn: list[tuple[int, int]] = []  # what was none of them, and where its block ends
        self._drawings = 0
        self._blocked: tuple[Rule, int, int] | None = None
        self._look_at = 0  # characters of the window that it is worth to look at

    def feed(self, text: str) -> str:
        """What may be shown now, after what was before; nothing once it is blocked."""
        if len(text) <= STEP:
            return self._feed(text)
        return "".join([self._feed(text[at : at + STEP]) for at in range(0, len(text), STEP)])

    def _feed(self, text: str) -> str:
        self._text.write(text)
        self._window += text
        if len(self._window) < self._look_at:
            return ""
        shown = self._through(False)
        kept = len(self._window)
        self._look_at = kept + kept // PART if kept > MUCH else 0
        return shown

    def finish(self) -> str:
        """The rest of what may be shown: nothing follows."""
        return self._through(True)

    @property
    def candidate(self) -> str:
        """All of the text, with what was redacted replaced. After a block, or `finish`."""
        return self._redactions.applied(self._text.getvalue(), 0)

    @property
    def found(self) -> Found | None:
        """What blocked it."""
        if self._blocked is None:
            return None
        rule, start, end = self._blocked
        shift = self._redactions.shift(start)
        return Found(rule, start + shift, end + shift)

    def _through(self, final: bool) -> str:
        if self._blocked:
            return ""
        if not final and (passed := self._at_once()) is not None:
            return passed
        shown = []
        while True:
            limit = self._all_views(final)
            if self._blocked:
                # What else is in it is replaced all the same: the original of what is redacted is written nowhere.
                self._all_views(True)
                return ""
            shown.append(self._let(limit))
            if final or not shown[-1] or not self._views.may_go_on(self._window):
                return "".join(shown)

    def _at_once(self) -> str | None:
        """What of the window may be let through, where that is easily said and nothing matches: nearly always."""
        window = self._window
        if self._doubts or self._undrawn or self._redactions.reach > self._front:
            return None
        if (readings := self._views.easily(window)) is None:
            return None
        size = len(window)
        for reading in readings:
            skipped = len(reading.left)
            edge = self._rules.edge((reading.left + reading.text).encode(), max(0, skipped - LEAD))
            if edge is None:
                return None
            if edge < skipped + len(reading.text):
                size = min(size, reading.place(window, max(0, edge - skipped)))
        if size:
            self._views.pass_by(window, size)
            self._front += size
            self._window = window[size:]
        return window[:size]

    def _all_views(self, final: bool) -> int:
        """How much of the window may be let through."""
        limit = len(self._window)
        for view in with_look_alikes(self._views.of(self._window)):
            limit = min(limit, self._look(view, final))
        return min(limit, self._doubtful(final)) if self._doubts else limit

    def _look(self, view: View, final: bool) -> int:
        """Find what matches in one view; how much of the window may be let through for its part."""
        data = (view.left + view.text).encode("utf-8", "replace")
        seen = Seen(view, data, len(view.left.encode("utf-8", "replace")), self._front)
        first = len(view.left[: max(0, len(view.left) - LEAD)].encode("utf-8", "replace"))
        edge = self._rules.look(data, first, final, lambda hit: self._take(hit, seen))
        if edge == len(data):
            return len(self._window) if final else view.begun
        return min(view.begun, seen.at(edge) - self._front)

    def _take(self, hit: Hit, seen: Seen) -> int:
        if hit.first < seen.skipped:
            return after(seen.data, hit.start)  # it has been looked at
        rule, start, end = hit.rule, seen.at(hit.first), seen.end(hit.last)
        if start < self._until.get((seen.view.kind, rule.name), 0) or not seen.counts(hit):
            return seen.again(hit)
        if not seen.view.exact:
            return self._doubt(hit, seen, start, end)
        self._settle(rule, start, end)
        self._until[seen.view.kind, rule.name] = end
        return max(after(seen.data, hit.start), hit.last)

    def _doubt(self, hit: Hit, seen: Seen, start: int, end: int) -> int:
        """It may be a match: one that begins within it may be one too, and end after it."""
        within = seen.patient(hit)
        if not within:
            # There are too many to look at each: all that follows is in doubt.
            end = self._front + len(self._window)
        if end > self._cleared:
            self._doubts.add(_Doubt(start, end, hit.rule))
        return after(seen.data, hit.start) if within else len(seen.data)

    def _settle(self, rule: Rule, start: int, end: int) -> None:
        if rule.action == "redact":
            self._redactions.add(start, end, rule.label)
        elif self._blocked is None:
            self._blocked = rule, start, end

    def _doubtful(self, final: bool) -> int:
        """How much of the window may be let through, as far as doubts are concerned."""
        last = max(doubt.end for doubt in self._doubts)
        ended = _BLANK_LINE.search(self._window, max(0, last - self._front))
        if final or (ended and self._drawings < DRAWINGS):
            cut = self._front + (ended.end() if ended and not final else len(self._window))
            text = self._text.getvalue()[:cut]
            self._drawings += 1
            really = found_in(self._rules, self._visible(self._redactions.applied(text, 0)))
            for doubt in sorted(self._doubts, key=lambda doubt: (doubt.start, doubt.end, doubt.rule.name)):
                if doubt.rule.name in really:
                    self._settle(doubt.rule, doubt.start, doubt.end)
                elif "[" in text[doubt.start : doubt.end] and not final:
                    continue  # what it refers to may still be said
                else:
                    self._undrawn.append((doubt.start, cut))
                self._doubts.discard(doubt)
            self._cleared = cut
        first = min((doubt.start for doubt in self._doubts), default=self._front + len(self._window))
        return first - self._front

    def _let(self, limit: int) -> str:
        cut = self._redactions.whole(self._front + self._views.whole(self._window, limit))
        # A part of a block is drawn as it will most likely end: what was in doubt comes with all of its block, or not at all.
        cut = min([cut, *(start for start, end in self._undrawn if start < cut < end)])
        size = cut - self._front
        if size <= 0:
            return ""
        self._undrawn = [each for each in self._undrawn if each[1] > cut]
        text = self._redactions.applied(self._window[:size], self._front)
        self._views.pass_by(self._window, size)
        self._window, self._front = self._window[size:], self._front + size
        return text
