"""An answer's channels on their way from the provider to its readers, each through a gate of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import moderation
from ..events import Kind
from .said import Delta

# As they are told (Said.deltas).
_ORDER = (Kind.REASONING, Kind.REFUSAL, Kind.TEXT)


@dataclass(slots=True)
class _Channel:
    """`pending` is released and not yet told; `known` so many characters to be released that readers have already."""

    gate: moderation.Gate
    pending: str = ""
    known: int = 0

    def feed(self, text: str) -> bool:
        return self._carry_out(self.gate.feed(text))

    def finish(self) -> bool:
        return self._carry_out(self.gate.finish())

    def _carry_out(self, actions: list[moderation.Action]) -> bool:
        """Whether something is pending that was not before."""
        before = bool(self.pending)
        for action in actions:
            if isinstance(action, moderation.Release):
                text = action.text
                if self.known:
                    text, self.known = text[self.known :], max(0, self.known - len(text))
                self.pending += text
        return bool(self.pending) and not before

    def take(self) -> str:
        text, self.pending = self.pending, ""
        return text


@dataclass(slots=True)
class _Call:
    """A call's name is a channel of its own: it ends where the arguments begin."""

    id: str
    named: int  # characters
    name: _Channel
    arguments: _Channel
    told: bool = False

    def take(self, index: int) -> dict[str, Any] | None:
        """The data of what is to be told of it. Its name is told whole, and before its arguments."""
        if not self.told:
            if len(self.name.pending) < self.named:
                return None
            self.told = True
            return {"index": index, "id": self.id, "name": self.name.take(), "text": self.arguments.take()}
        if not self.arguments.pending:
            return None
        return {"index": index, "id": "", "name": "", "text": self.arguments.take()}


class Channels:
    """`more` is set when there is something to tell where there was nothing."""

    def __init__(self, gate: Callable[[], moderation.Gate], more: asyncio.Event) -> None:
        self._gate, self._more = gate, more
        self._texts = {kind: _Channel(gate()) for kind in _ORDER}
        self._text = self._texts[Kind.TEXT]
        self._calls: dict[int, _Call] = {}
        self._milliseconds: int | None = None  # of reasoning, that readers were told of

    def feed(self, kind: Kind, data: dict[str, Any]) -> None:
        """Take what the provider sent next."""
        if kind is Kind.TEXT:  # nearly always
            channel = self._text
        else:
            channel = self._call(data).arguments if kind is Kind.TOOL else self._texts[kind]
        if data["text"] and channel.feed(data["text"]):
            self._more.set()

    def know(self, said: list[Delta]) -> None:
        """Readers have this already; the gates have to see it."""
        for kind, data in said:
            if kind is Kind.THOUGHT:
                self._milliseconds = data["milliseconds"]
            elif kind in self._texts:
                self._texts[kind].known = len(data["text"])
                self._texts[kind].feed(data["text"])

    def finish(self) -> None:
        """Nothing more comes."""
        for channel in [*self._texts.values(), *(call.arguments for call in self._calls.values())]:
            channel.finish()

    def take(self, milliseconds: int | None = None) -> list[Delta]:
        """What is to be told now, at most one delta for each channel and call. `milliseconds`: of reasoning, so far."""
        found: list[Delta] = []
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

    def _call(self, data: dict[str, Any]) -> _Call:
        if (call := self._calls.get(data["index"])) is None:
            name = _Channel(self._gate())
            call = _Call(data["id"], len(data["name"]), name, _Channel(self._gate()))
            self._calls[data["index"]] = call
            name.feed(data["name"])
            name.finish()
            self._more.set()
        return call
