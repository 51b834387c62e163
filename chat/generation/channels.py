"""An answer's channels on their way from the provider to its readers, each through a gate of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from .. import moderation
from ..events import Kind
from .said import Delta, Said

# As they are told (Said.deltas).
_ORDER = (Kind.REASONING, Kind.REFUSAL, Kind.TEXT)
_SHOWN: dict[Kind, moderation.Kind] = {
    Kind.REASONING: "plain",
    Kind.REFUSAL: "markdown",
    Kind.TEXT: "markdown",
}

# Has what a gate asks judged, and brings the result to what it is given.
Ask = Callable[["moderation.Check", Callable[[moderation.Result], None]], None]


def never(check: moderation.Check, tell: Callable[[moderation.Result], None]) -> None:
    raise AssertionError("this gate asks nothing")


@dataclass(slots=True)
class _Channel:
    """`pending` is released and not yet told; `known` so many characters to be released that readers have already;
    `candidate` what there will be of it, once that is known.
    """

    gate: moderation.Gate
    all: Channels
    pending: str = ""
    known: int = 0
    candidate: str | None = None

    def feed(self, text: str) -> None:
        if text:
            self._carry_out(self.gate.feed(text))

    def finish(self) -> None:
        if self.candidate is None:
            self._carry_out(self.gate.finish())

    def know(self, text: str) -> None:
        self.known = len(text) - self.gate.resume(text)

    def take(self) -> str:
        text, self.pending = self.pending, ""
        return text

    def _carry_out(self, actions: list[moderation.Action]) -> None:
        before = bool(self.pending)
        for action in actions:
            if isinstance(action, moderation.Release):
                text = action.text
                if self.known:
                    text, self.known = text[self.known :], max(0, self.known - len(text))
                self.pending += text
            elif isinstance(action, moderation.Check):
                self._ask(action)
            else:
                self.candidate = action.candidate
                if isinstance(action, moderation.Block):
                    self.all.block(action)
        if self.pending and not before:
            self.all.more.set()

    def _ask(self, check: moderation.Check) -> None:
        self.all.ask(check, lambda result: self._carry_out(self.gate.judged(check.id, result)))


@dataclass(slots=True)
class _Call:
    """A call's name is a channel of its own: it ends where the arguments begin."""

    id: str
    name: _Channel
    arguments: _Channel
    told: bool = False

    def take(self, index: int) -> dict[str, Any] | None:
        """The data of what is to be told of it. Its name is told whole, and before its arguments."""
        if not self.told:
            if self.name.candidate is None or len(self.name.pending) < len(self.name.candidate):
                return None
            self.told = True
            return {"index": index, "id": self.id, "name": self.name.take(), "text": self.arguments.take()}
        if not self.arguments.pending:
            return None
        return {"index": index, "id": "", "name": "", "text": self.arguments.take()}


class Channels:
    """`gate` makes one for a text that is shown as it says; `shaped`: the text is a JSON document. `more` is set when there
    is something to tell where there was nothing, `blocked` once a gate lets nothing more through, and `on_block` called.
    """

    def __init__(
        self, gate: Callable[[moderation.Kind], moderation.Gate], more: asyncio.Event, ask: Ask = never,
        *, shaped: bool = False, on_block: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self.more, self.ask, self._gate, self._on_block = more, ask, gate, on_block
        self.blocked: moderation.Block | None = None
        shown = _SHOWN | ({Kind.TEXT: "json"} if shaped else {})
        self._texts = {kind: _Channel(gate(shown[kind]), self) for kind in _ORDER}
        self._calls: dict[int, _Call] = {}
        self._milliseconds: int | None = None  # of reasoning, that readers were told of

    def feed(self, deltas: Iterable[Delta]) -> None:
        """Take what the provider sent next. Text that came together is looked at once: a gate does not mind in which pieces."""
        for kind, together in groupby(deltas, itemgetter(0)):
            if kind is Kind.TEXT:  # nearly always
                self._texts[kind].feed("".join([data["text"] for _, data in together]))
                continue
            for _, data in together:
                channel = self._call(data).arguments if kind is Kind.TOOL else self._texts[kind]
                channel.feed(data["text"])

    def know(self, said: list[Delta]) -> None:
        """Readers have this already; the gates have to see it."""
        for kind, data in said:
            if kind is Kind.THOUGHT:
                self._milliseconds = data["milliseconds"]
            elif kind in self._texts:
                self._texts[kind].know(data["text"])

    def finish(self) -> None:
        """Nothing more comes."""
        for channel in [*self._texts.values(), *(call.arguments for call in self._calls.values())]:
            channel.finish()

    def block(self, action: moderation.Block) -> None:
        """Nothing more is to be told of any channel."""
        if self.blocked is None:
            self.blocked = action
            self._on_block()

    def take(self, milliseconds: int | None = None) -> list[Delta]:
        """What is to be told now, at most one delta for each channel and call. `milliseconds`: of reasoning, so far."""
        found: list[Delta] = []
        if self.blocked:
            return found
        for kind, channel in self._texts.items():
            if channel.pending:
                found.append((kind, {"text": channel.take()}))
            if kind is Kind.REASONING and milliseconds != self._milliseconds:
                self._milliseconds = milliseconds
                found.append((Kind.THOUGHT, {"milliseconds": milliseconds}))
        for index, call in self._calls.items():
            if (data := call.take(index)) is not None:
                found.append((Kind.TOOL, data))
        return found

    def body(self) -> str:
        """As it is frozen and judged: every text as its gate lets it stand; "" where there is nothing. After `finish`."""
        said = Said()
        for kind, channel in self._texts.items():
            said.write(kind, channel.candidate or "")
        for index, call in self._calls.items():
            name, arguments = call.name.candidate or "", call.arguments.candidate or ""
            said.add(Kind.TOOL, {"index": index, "id": call.id, "name": name, "text": arguments})
        return said.body()

    def take_apart(self) -> None:
        """Nobody asks any more."""
        vars(self).clear()

    def _call(self, data: dict[str, Any]) -> _Call:
        if (call := self._calls.get(data["index"])) is None:
            name = _Channel(self._gate("plain"), self)
            call = self._calls[data["index"]] = _Call(data["id"], name, _Channel(self._gate("json"), self))
            name.feed(data["name"])
            name.finish()
            self.more.set()
        return call
