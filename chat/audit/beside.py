"""Entries outside the chain: those of before it, and those that processes of the version before wrote beside it. The chain
has a SHA-256 of them, so what becomes of one can be seen, though not of which.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from . import chain
from .chain import Entry
from .report import Report, numbers


class Summary:
    """Some entries as an entry of the chain has them: how many there were, and the SHA-256 of all."""

    def __init__(self, of: Entry) -> None:
        self.of = of
        self._entries, self._expected = of.data["entries"], of.data["sha256"]
        self._sha, self.count = chain.sha256(), 0

    def feed(self, entry: Entry) -> None:
        self._sha.update(chain.unchained(entry))
        self.count += 1

    def problem(self) -> str:
        if self.count != self._entries:
            less = self._entries - self.count
            return (
                f"{less} of them {'was' if less == 1 else 'were'} removed"
                if less > 0
                else f"{-less} inserted"
            )
        return "" if self._sha.hexdigest() == self._expected else "one or more of them were altered"


class Beside:
    """`begun` and `adopted` name what there has to be; `feed` is given what there is, in the order of the ids."""

    def __init__(self) -> None:
        self._begun: Summary | None = None
        self._adopted: list[Summary] = []
        self._of: dict[int, Summary] = {}
        self._loose: list[Entry] = []
        self.count = 0

    def begun(self, entry: Entry) -> None:
        self._begun = Summary(entry)

    def adopted(self, entry: Entry) -> None:
        summary = Summary(entry)
        self._adopted.append(summary)
        self._of |= dict.fromkeys(entry.data["ids"], summary)

    def feed(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self.count += 1
            if self._begun and entry.id <= self._begun.of.data["last"]:
                self._begun.feed(entry)
            elif entry.id in self._of:
                self._of[entry.id].feed(entry)
            else:
                self._loose.append(entry)

    def finish(self, report: Report, may_wait: datetime) -> None:
        """`may_wait`: in a chain that has begun since then entries may still wait to be taken in."""
        report.before = self.count
        if self._begun:
            self._tell(report, self._begun, "before the chain")
        for summary in self._adopted:
            self._tell(report, summary, "beside the chain, by processes of the version before,")
        if not self._loose:
            return
        rows = numbers(entry.id for entry in self._loose)
        if self._begun and self._begun.of.at > may_wait:
            report.notes.append(
                f"Rows {rows} were written by a process of the version before, and wait to be taken into the chain."
            )
        else:
            report.say(
                f"Rows {rows} (`id`) are outside the chain, and nothing in it speaks of them: they were inserted."
            )

    @staticmethod
    def _tell(report: Report, summary: Summary, where: str) -> None:
        data: Any = summary.of.data
        many = "1 entry was" if data["entries"] == 1 else f"{data['entries']} entries were"
        what = f"{many} written {where} and entry {summary.of.seq} has their sum"
        if problem := summary.problem():
            report.say(f"{what}: {problem}. Which, cannot be known.")
        else:
            report.notes.append(f"{what}: they are as they were then, {chain.moment(summary.of.at)[:16]}.")
