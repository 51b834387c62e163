"""What one place of an answer shows: the text, the refusal, the reasoning, the calls of tools.

What a pane draws is a function of its channel's text alone, never of the pieces it came in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from html import escape
from typing import Protocol

from ..events import Event, Kind
from ..markdown import Renderer


class Patch(Protocol):
    """A change below a container: `depth` times `>:last-child` down, an htmx swap, and the HTML for it."""

    @property
    def depth(self) -> int: ...
    @property
    def swap(self) -> str: ...
    @property
    def html(self) -> str: ...


def partial(target: str, html: str, swap: str = "innerHTML") -> str:
    """`target` is searched below the answer's article, so that it need not repeat its id in every message."""
    return f'<hx-partial hx-target="find {target}" hx-swap="{swap}">{html}</hx-partial>'


def partials(target: str, patches: Iterable[Patch]) -> list[str]:
    return [partial(target + ">:last-child" * patch.depth, patch.html, patch.swap) for patch in patches]


THOUGHTS, TEXT, REFUSAL, CALLS = ".thoughts", ".content", ".refusal", ".calls"


class Pane(ABC):
    """One place of an answer, below the selector `target`. `characters`: how many it shows, as they are counted
    for who has seen how much.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.characters = 0

    @abstractmethod
    def feed(self, events: Sequence[Event]) -> list[str]:
        """The partials that take the page on by these events, which are of this pane's kinds."""

    @abstractmethod
    def snapshot(self) -> str:
        """What draws the whole of it, whatever the page shows there."""


class Prose(Pane):
    """Markdown."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self._renderer = Renderer()

    def feed(self, events: Sequence[Event]) -> list[str]:
        text = events[0].data["text"] if len(events) == 1 else "".join([e.data["text"] for e in events])
        self.characters += len(text)
        return partials(self.target, self._renderer.feed(text))

    def snapshot(self) -> str:
        return partial(self.target, self._renderer.html)


class Thoughts(Pane):
    """Reasoning, as plain text, under a line that says for how long it was thought."""

    def __init__(self) -> None:
        super().__init__(THOUGHTS)
        self._text: list[str] = []
        self._half = False  # it ends in a CR: a LF that follows belongs to it
        self._milliseconds: int | None = None

    def feed(self, events: Sequence[Event]) -> list[str]:
        text = "".join([event.data["text"] for event in events if event.kind is Kind.REASONING])
        found = []
        for event in events:
            if event.kind is Kind.THOUGHT:
                self._milliseconds = event.data["milliseconds"]
                found = [self._says()]
        self.characters += len(text)
        if self._half and text.startswith("\n"):
            text, self._half = text[1:], False
        if not text:
            return found
        self._half = text.endswith("\r")
        html = escape(text.replace("\r\n", "\n").replace("\r", "\n"), quote=False)
        self._text.append(html)
        return [partial(self.target, html, "beforeend"), *found]

    def snapshot(self) -> str:
        html = "".join(self._text)
        self._text = [html]
        return partial(self.target, html) + self._says()

    def _says(self) -> str:
        return partial(".reasoning .says", thought(self._milliseconds))


def thought(milliseconds: int | None) -> str:
    """The line over the reasoning. Where it is not known how long that took, or it took no time worth a word, no
    time is named.
    """
    seconds = round((milliseconds or 0) / 1000)
    if seconds < 1:
        return "Reasoning"
    return (
        f"Thought for {seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"Thought for {seconds} s"
    )


def whole(panes: Iterable[Pane]) -> str:
    """What draws all of an answer, whatever the page shows of it."""
    return "".join([pane.snapshot() for pane in panes])


# Empties an answer.
CLEAR = whole((Thoughts(), Prose(TEXT), Prose(REFUSAL))) + partial(CALLS, "")
