"""Compares what pages held, at every moment, with what the provider had said: a pure function, run in processes of its own."""

from __future__ import annotations

import functools
import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

from chat.markdown import Renderer
from tests.chaos import plan
from tests.chaos.texts import clean

_TAG = re.compile(r"<[^>]*>")
_SAID = 4  # events after a page was emptied within which it must have been told why

Span = tuple[int, int]


@dataclass
class Seen:
    """One reader's looks, as `reader.Look`: (load, event's name, id, data, text, connection)."""

    name: str
    looks: list[tuple[int, str, str, str, str, int]]


@dataclass
class Work:
    """A turn to be compared. `sent`: by version, the characters that the provider handed to the network."""

    number: int
    seed: int
    sent: dict[int, int]
    epoch: int  # of the turn's row
    stored: str | None
    forgotten: bool  # its log may have been lost
    readers: list[Seen]


@dataclass
class Compared:
    number: int
    looks: int = 0
    problems: list[str] = field(default_factory=list)


def texts_of(seed: int, number: int, versions: Any) -> dict[int, str]:
    """Everything that may be shown, by version; a recorded gateway's texts have negative ones."""
    if name := plan.case(seed, number).gateway:
        return {-1 - at: said for at, said in enumerate(plan.gateway_text(name))} or {-1: ""}
    return {version: clean(plan.said(seed, number, version)) for version in versions}


def drawn(text: str) -> dict[str, Span]:
    """What a person sees while `text` arrives, and after how many characters of it (the fewest, the most)."""
    found: dict[str, Span] = {"": (0, 0)}
    renderer = Renderer()
    for count, character in enumerate(text, 1):
        renderer.feed(character)
        seen = html.unescape(_TAG.sub("", renderer.html))
        found[seen] = (found.get(seen, (count, count))[0], count)
    return found


def compare(work: Work) -> Compared:
    """All readers of one turn."""
    said = texts_of(work.seed, work.number, work.sent)
    maps = {version: drawn(text) for version, text in said.items()}
    result = Compared(work.number)
    for reader in work.readers:
        _Follower(work, said, maps, result, reader).check()
    return result


class _Follower:
    """Walks along one reader's looks. `at`: the versions its page may hold, and after how many characters each."""

    def __init__(
        self,
        work: Work,
        said: dict[int, str],
        maps: dict[int, dict[str, Span]],
        result: Compared,
        reader: Seen,
    ) -> None:
        self.work, self.said, self.maps, self.result, self.reader = work, said, maps, result, reader
        self._begin(0)

    def _begin(self, load: int) -> None:
        self.load, self.epoch, self.text = load, 0, ""
        self.at: dict[int, Span] = dict.fromkeys(self.maps, (0, 0))

    def check(self) -> None:
        for place, look in enumerate(self.reader.looks):
            self.result.looks += 1
            if problem := self._step(place, look):
                self.result.problems.append(
                    f"{self.reader.name}, event {place} ({look[1]} {look[2]}): {problem}"
                )
                return
        if problem := self._end():
            self.result.problems.append(f"{self.reader.name}, at its end: {problem}")

    def _step(self, place: int, look: tuple[int, str, str, str, str, int]) -> str:
        load, _, identity, _, text, _ = look
        if load != self.load:
            self._begin(load)
        epoch = int(identity.partition(".")[0]) if identity else self.epoch
        if epoch < self.epoch:
            return f"went back from epoch {self.epoch} to {epoch}"
        new, self.epoch = epoch > self.epoch, epoch
        if text == self.text:
            return ""
        found = {version: spans[text] for version, spans in self.maps.items() if text in spans}
        self.text = text
        if not found:
            return f"shows what was never said: …{text[-60:]!r}"
        onward = {
            version: (max(span[0], self.at[version][0]), span[1])
            for version, span in found.items()
            if version in self.at and span[1] >= self.at[version][0]
        }
        if not text and not new and self._held(place):
            self.at = found
            return ""
        if not onward and not new:
            return f"went back or changed without a new epoch, to …{text[-60:]!r}"
        if not onward and not self._said(place):
            return f"started over without a word, at …{text[-60:]!r}"
        self.at = onward or found
        unsent = [v for v, span in self.at.items() if v in self.work.sent and span[0] > self.work.sent[v]]
        return f"shows more than was sent of {unsent}" if len(unsent) == len(self.at) else ""

    def _said(self, place: int) -> bool:
        """Whether the page is told with it that the answer starts over, or that it is complete already."""
        here = self.reader.looks[place][5]
        for _, name, _, data, _, connection in self.reader.looks[place : place + _SAID]:
            if name == "done" or connection != here:
                return True  # or it was cut off right then, before it could be told
            if name == "state":
                state = json.loads(data)
                if state["state"] == "moderating" or "again" in state["note"]:
                    return True
        return False

    def _held(self, place: int) -> bool:
        """Whether the page was emptied because the answer is held, which it is told next."""
        following = self.reader.looks[place + 1 : place + 2]
        return any(
            name == "done" and json.loads(data)["state"] == "held" for _, name, _, data, _, _ in following
        )

    def _end(self) -> str:
        """What was shown last is in the message, unless the page has never heard of the message's own text."""
        stored = self.work.stored
        if self.epoch != self.work.epoch or not self.text:
            return ""
        if stored is None:
            return ""
        for version, span in self.at.items():
            if self.said[version].startswith(stored) and (span[0] <= len(stored) or self.work.forgotten):
                return ""
        return f"showed …{self.text[-60:]!r}, and the message ends in …{stored[-60:]!r}"


def held_words(number: int) -> re.Pattern[str]:
    """What only the answers of this case say."""
    return re.compile(rf"zq{number}x\d+k")


@functools.cache
def any_words() -> re.Pattern[str]:
    return re.compile(r"zq(\d+)x\d+k\d")
