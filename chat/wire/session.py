"""One reader's view of a turn, from what its log holds."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..events import STATE_OF, TERMINAL, Event, Kind
from ..streamlog import Batch
from .documents import Calls, Written
from .framing import Framing, done, message
from .panes import CLEAR, REFUSAL, TEXT, Pane, Prose, Thoughts, whole

FIRST = 1  # the epoch in which a turn's text begins; no earlier one has left anything on a page


class Session:
    """One reader's view of a turn: what its page holds now, and what takes it to what the log holds.

    A page is a function of the text of its channels alone, so a page that has them up to a cursor needs nothing else.
    `shaped`: the text is a JSON document, to fit `schema` where there is one.
    """

    def __init__(
        self, framing: Framing | None = None, shaped: bool = False, schema: Mapping[str, Any] | None = None
    ) -> None:
        self._framing = framing or message
        self._shaped, self._schema = shaped, schema
        self._open()
        self.begun = False
        self.done = False

    def _open(self) -> None:
        self._text: Pane = Written(TEXT, self._schema) if self._shaped else Prose(TEXT)
        self._refusal, self._thoughts, self._calls = Prose(REFUSAL), Thoughts(), Calls()
        self._panes: dict[Kind, Pane] = {
            Kind.TEXT: self._text, Kind.REFUSAL: self._refusal, Kind.TOOL: self._calls,
            Kind.REASONING: self._thoughts, Kind.THOUGHT: self._thoughts,
        }  # fmt: skip

    @property
    def characters(self) -> int:
        """Of the text and a refusal, that the page has."""
        return self._text.characters + self._refusal.characters

    @property
    def beside(self) -> int:
        """Of the reasoning and the calls of tools, that the page has."""
        return self._thoughts.characters + self._calls.characters

    def apply(self, batch: Batch) -> bytes:
        """One message for everything in the batch, framed; empty when nothing is to be drawn."""
        frames: list[str] = []
        if batch.fresh:
            self._open()
        elif not self.begun:
            # The page of a resuming reader has these already.
            self._feed(batch.earlier())
        self.begun = True
        html = "".join(self._feed(batch.events))
        if batch.fresh:
            html = self._whole(batch)
        if html:
            frames.append(self._framing(html, batch.top, "", None))
        state = None  # the last one counts
        for event in batch.events:
            if event.kind is Kind.TEXT or event.kind in self._panes:
                continue
            if event.kind in TERMINAL:
                self.done = True
                reference = event.data.get("reference", "")
                frames.append(done(STATE_OF[event.kind], reference, self._framing))
            else:
                state = event
        if state is not None and not self.done:
            frames.append(self._framing(_state(state), batch.top, "state", None))
        return "".join(frames).encode()

    def _feed(self, events: Sequence[Event]) -> list[str]:
        if len(events) == 1:  # nearly always
            kind = events[0].kind
            pane = self._text if kind is Kind.TEXT else self._panes.get(kind)
            return pane.feed(events) if pane else []
        parts: dict[Pane, list[Event]] = {}
        for event in events:
            if pane := self._panes.get(event.kind):
                parts.setdefault(pane, []).append(event)
        return [html for pane, its in parts.items() for html in pane.feed(its)]

    def _whole(self, batch: Batch) -> str:
        """What draws the answer anew, whatever the page shows of it. In the turn's first epoch nothing can be shown yet but
        what is told: nothing is emptied.
        """
        kinds = {event.kind for event in batch.events}
        first = batch.top.epoch <= FIRST
        if kinds & self._panes.keys():
            told = {self._panes.get(kind) for kind in kinds}
            panes = (self._thoughts, self._text, self._refusal, self._calls)
            return whole([pane for pane in panes if pane in told or not first])
        # A log that has ended without text has lost it: the page has it, and is told next where to find the whole answer.
        if Kind.HELD not in kinds and (first or kinds & TERMINAL):
            return ""
        return CLEAR


def _state(event: Event) -> str:
    state = "moderating" if event.kind == Kind.MODERATING else "streaming"
    note = ""
    if event.kind == Kind.RESTARTED:
        note = "Writing it again from the start…"
    elif event.kind == Kind.WAITING and event.data.get("why") == "question":
        note = "Your message is being checked first…"
    elif event.kind == Kind.WAITING and "why" in event.data:
        note = "The model broke off. It is being asked to go on…"
    elif event.kind == Kind.WAITING:
        note = f"Many answers are being written; yours is number {event.data['place']} in line."
    return json.dumps({"state": state, "note": note})
