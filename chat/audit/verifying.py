"""Checks a chain, entry by entry, against the keys and against heads that were kept. Does no I/O.

What is wrong is named by the entries' numbers. That takes more than a MAC that does not fit: whether the entries
around still know the MAC says whether an entry was altered or replaced, and the MAC at another number whether it was moved.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from . import chain
from .appending import ADOPTED, BEGUN, BESIDE
from .beside import Beside
from .chain import Entry
from .heads import Head
from .report import Report

_TRIED = 200  # entries that do not fit and are tried at each other's numbers


class Verifier:
    """`feed` the chain in its order, then `beside` with what is outside it, then `finish`.

    `selection`: only some entries are fed, so that nothing is missed between them.
    """

    def __init__(
        self, keys: Mapping[str, str], heads: Iterable[Head] = (), *, selection: bool = False
    ) -> None:
        self._keys, self._selection = keys, selection
        self._heads: dict[int, list[Head]] = {}
        for head in heads:
            self._heads.setdefault(head.seq, []).append(head)
        self.report, self._beside = Report(), Beside()
        self._name = ""
        self._last: Entry | None = None
        self._sound = False  # the last entry's MAC is right
        self._unsound: list[Entry] = []
        self._pending: Entry | None = None  # the last entry, if it does not fit and nothing is said of it yet
        self._missing: list[int] = []
        self._shift = 0

    def feed(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._one(entry)

    def beside(self, entries: Iterable[Entry]) -> None:
        self._beside.feed(entries)

    def finish(self, now: datetime) -> Report:
        report = self.report
        if self._pending is not None:
            report.add("unsigned", self._pending.seq)
        if not self._selection:
            self._beside.finish(report, now - BESIDE)
            self._look_for_moved()
            self._look_at_heads()
        else:
            report.unknown.append(
                "These are some entries of the chain: what was left out, or removed, cannot be told apart."
            )
        if any(found.kind == "key" for found in report.findings):
            report.unknown.append("Whether entries are genuine that are signed with a key that is not here.")
        report.findings.sort(key=lambda found: found.first)
        return report

    def _one(self, entry: Entry) -> None:
        report, last = self.report, self._last
        place = last.seq if last else 0
        report.entries += 1
        if entry.seq == place and last is not None:
            report.add("added", entry.seq)
            if self._pending is None or self._check(entry) is False:
                return
            # The other one was inserted, and this is what was written there.
            self._last, self._pending, self._sound, report.mac = entry, None, True, entry.mac
            return
        follows = entry.seq == place + 1
        if not follows and not self._selection:
            report.add("removed", place + 1, entry.seq - 1)
            self._missing += range(place + 1, min(entry.seq, place + 1 + _TRIED))
        if entry.seq == 1:
            self._name = entry.previous
        sound = self._check(entry)
        if sound and self._sound and last is not None and last.id and entry.id <= last.id:
            report.add("order", entry.seq)
        if self._pending is not None and follows:
            known = sound and entry.previous == self._pending.mac
            report.add("altered" if known else "replaced" if sound else "unsigned", self._pending.seq)
        elif self._pending is not None:
            report.add("unsigned", self._pending.seq)
        self._pending = None
        if sound is False and not self._shifted(entry):
            self._pending = entry
        elif (
            sound is not False and follows and last is not None and self._sound and entry.previous != last.mac
        ):
            report.add("history", entry.seq)
        self._against_head(entry)
        self._last, self._sound = entry, sound is not False
        report.last, report.mac = entry.seq, entry.mac

    def _check(self, entry: Entry) -> bool | None:
        """Whether the MAC is right; None where its key is not known."""
        self.report.keys[entry.key] = self.report.keys.get(entry.key, 0) + 1
        if entry.key not in self._keys:
            self.report.add("key", entry.seq, detail=entry.key or "without a name")
            return None
        if not self._fits(entry):
            if len(self._unsound) < _TRIED:
                self._unsound.append(entry)
            return False
        if entry.action == BEGUN and entry.seq == 1:
            self._beside.begun(entry)
        elif entry.action == ADOPTED:
            self._beside.adopted(entry)
        return True

    def _fits(self, entry: Entry, seq: int | None = None) -> bool:
        """Whether the entry has the MAC that it has to have (under another number)."""
        try:
            return chain.mac(entry, self._keys[entry.key], seq) == entry.mac
        except (AttributeError, TypeError, ValueError):  # a column holds what nobody wrote there
            return False

    def _shifted(self, entry: Entry) -> bool:
        """Whether the entry was written some places before or after, as the one before it was, or one."""
        if self._selection:
            return False
        for shift in dict.fromkeys((self._shift, -1, 1)):
            if shift and self._fits(entry, entry.seq + shift):
                self._shift = shift
                where = f"{abs(shift)} place{'' if abs(shift) == 1 else 's'} {'later' if shift < 0 else 'earlier'}"
                self.report.add("shifted", entry.seq, detail=where)
                self._unsound = [each for each in self._unsound if each is not entry]
                return True
        return False

    def _look_for_moved(self) -> None:
        """An entry whose MAC is right under another number has been moved from there."""
        places = [*(entry.seq for entry in self._unsound), *self._missing][: 2 * _TRIED]
        for entry in self._unsound:
            found = next((place for place in places if self._fits(entry, place)), None)
            if found is not None:
                self._forget(entry.seq)
                self.report.add("moved", entry.seq, detail=str(found))

    def _forget(self, seq: int) -> None:
        """Take back what was said of this entry, for something that says more."""
        for finding in [f for f in self.report.findings if f.kind in {"altered", "replaced", "unsigned"}]:
            if finding.first <= seq <= finding.last:
                self.report.findings.remove(finding)
                for first, last in ((finding.first, seq - 1), (seq + 1, finding.last)):
                    if first <= last:
                        self.report.add(finding.kind, first, last)

    def _against_head(self, entry: Entry) -> None:
        for head in self._heads.get(entry.seq, ()):
            if head.chain != self._name:
                continue  # which is said at the end
            if head.mac != entry.mac:
                self.report.add("head", entry.seq, detail=head.at or "unknown time")
            else:
                self.report.heads, self.report.head = self.report.heads + 1, head

    def _look_at_heads(self) -> None:
        report = self.report
        given = [head for heads in self._heads.values() for head in heads]
        if others := [head for head in given if head.chain != self._name]:
            is_one = len(others) == 1
            report.say(
                f"{len(others)} head{' is' if is_one else 's are'} of another chain ({others[0].chain[:12]}…, of "
                f"{others[0].at or 'unknown time'}) than the one that is here ({self._name[:12] or 'none'}…): this is "
                "another database, or another one was put in its place."
            )
        ours = [head for head in given if head.chain == self._name]
        if ahead := [head for head in ours if head.seq > report.last]:
            first = min(ahead, key=lambda head: head.seq)
            most = max(head.seq for head in ahead)
            report.add("cut", report.last + 1, most, detail=first.at or "unknown time")
        if not ours:
            report.unknown.append(
                "Without a head of this chain: whether entries were cut off at its end, or all of it was replaced."
            )
            return
        newest = max(ours, key=lambda head: head.seq)
        report.unknown.append(
            f"Whether entries were cut off that were written after the newest head ({newest.at or 'unknown time'})."
        )
