"""What a model has said, by channel: added piece by piece, read as a whole."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..events import Event, Kind, length
from ..models import bodies

Delta = tuple[Kind, dict[str, Any]]  # of an event, without its cursor


@dataclass(slots=True)
class _Call:
    id: str
    name: str
    arguments: io.StringIO = field(default_factory=io.StringIO)


class Said:
    """`size`: characters that a person can see, of all channels. `milliseconds`: for how long it has reasoned, None where
    that is not known.
    """

    def __init__(self) -> None:
        # Not lists of pieces: each of a few characters takes sixty bytes. Nor strings: to add to a long one copies it.
        self._texts = {kind: io.StringIO() for kind in (Kind.REASONING, Kind.REFUSAL, Kind.TEXT)}
        self._text = self._texts[Kind.TEXT]
        self._calls: dict[int, _Call] = {}
        self.size = 0
        self.milliseconds: int | None = None

    @classmethod
    def of(cls, events: Iterable[Event]) -> Said:
        """What a log's events hold."""
        said = cls()
        for event in events:
            said.add(event.kind, event.data)
        return said

    def add(self, kind: Kind, data: dict[str, Any]) -> None:
        """The next piece; of other kinds than those of deltas and of THOUGHT nothing is kept."""
        if kind in self._texts:
            self.write(kind, data["text"])
        elif kind is Kind.THOUGHT:
            self.milliseconds = data["milliseconds"]
        elif kind is Kind.TOOL:
            call = self._calls.setdefault(data["index"], _Call(data["id"], data["name"]))
            call.arguments.write(data["text"])
            self.size += length(data)

    def write(self, kind: Kind, text: str) -> None:
        """As `add`, of a channel that is text alone."""
        # To look a kind up takes longer than to write a token down.
        (self._text if kind is Kind.TEXT else self._texts[kind]).write(text)
        self.size += len(text)

    def text(self, kind: Kind) -> str:
        return self._texts[kind].getvalue()

    def has(self, kind: Kind) -> bool:
        return bool(self._calls) if kind is Kind.TOOL else self._texts[kind].tell() > 0

    def __bool__(self) -> bool:
        return bool(self._calls) or any(text.tell() for text in self._texts.values())

    @property
    def answers(self) -> bool:
        """Whether there is more than reasoning."""
        return self.has(Kind.TEXT) or self.has(Kind.REFUSAL) or bool(self._calls)

    @property
    def resumable(self) -> bool:
        """Whether a model can be given it as a beginning: it is given text and reasoning, never half a call."""
        return self.has(Kind.TEXT) and not self._calls

    def deltas(self) -> list[Delta]:
        """Everything, one delta for each channel and call. The text comes after what belongs to it: where a log has it,
        it has the rest too.
        """
        found: list[Delta] = []
        for kind, text in self._texts.items():
            if text.tell():
                found.append((kind, {"text": text.getvalue()}))
            if kind is Kind.REASONING and self.milliseconds is not None:
                found.append((Kind.THOUGHT, {"milliseconds": self.milliseconds}))
        for index, call in self._calls.items():
            data = {"index": index, "id": call.id, "name": call.name, "text": call.arguments.getvalue()}
            found.append((Kind.TOOL, data))
        return found

    def body(self) -> str:
        """As it is frozen and judged, all of it; "" where there is nothing."""
        if not self:
            return ""
        calls = [
            {"id": call.id, "name": call.name, "arguments": call.arguments.getvalue()}
            for call in self._calls.values()
        ]
        return bodies.compose(self.text(Kind.TEXT), self.text(Kind.REASONING), self.text(Kind.REFUSAL), calls)
