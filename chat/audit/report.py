"""What a verification has found, in sentences for whoever runs it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .heads import Head

# What became of entries from one number to another, where `{what}` stands for those numbers.
SENTENCES = {
    "altered": "{what} {was} altered.",
    "replaced": "{what} {is} not what was written there.",
    "unsigned": "{what} {was} altered or added by somebody without the key.",
    "added": "{what} {is} there twice: one was inserted.",
    "removed": "{what} {was} removed.",
    "cut": "{what} {was} cut off at the end: the head of {detail} still had {them}.",
    "moved": "{what} {was} moved there from number {detail}.",
    "shifted": "{what} {stand} {detail} than {it} {was} written.",
    "history": "{what} {does} not follow the entry before: one of the two is of another history, such as a restored backup's.",
    "order": "{what} {was} given a row number (`id`) below that of the entry before, or that one another: lists show them so.",
    "key": "{what} {is} signed with the key {detail}, which is not known here.",
    "head": "{what} {is} not the one that the head of {detail} names: the chain was written anew from before it on.",
}
_ONE = {"was": "was", "is": "is", "stand": "stands", "does": "does", "it": "it", "them": "it"}
_MANY = {"was": "were", "is": "are", "stand": "stand", "does": "do", "it": "they", "them": "them"}


@dataclass(slots=True)
class Finding:
    """Entries `first` to `last` of the chain, and what became of them: one of SENTENCES, or `other` with its own."""

    kind: str
    first: int = 0
    last: int = 0
    detail: str = ""

    def __str__(self) -> str:
        if self.kind == "other":
            return self.detail
        one = self.first == self.last
        what = f"Entry {self.first}" if one else f"Entries {self.first} to {self.last}"
        return SENTENCES[self.kind].format(what=what, detail=self.detail, **(_ONE if one else _MANY))


@dataclass(slots=True)
class Report:
    """What was looked at, what is wrong with it (`findings`, empty when all is well), and what cannot be known."""

    entries: int = 0
    last: int = 0
    mac: str = ""
    before: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    # The newest head that fits, and how many do.
    head: Head | None = None
    heads: int = 0
    keys: dict[str, int] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return not self.findings

    def add(self, kind: str, first: int, last: int | None = None, detail: str = "") -> None:
        """A finding, joined to the last of its kind where that ended just before."""
        last = first if last is None else last
        for found in reversed(self.findings[-20:]):
            if (found.kind, found.detail) == (kind, detail) and found.last == first - 1:
                found.last = last
                return
        self.findings.append(Finding(kind, first, last, detail))

    def say(self, sentence: str) -> None:
        self.findings.append(Finding("other", detail=sentence))


def numbers(found: Iterable[int], most: int = 20) -> str:
    """`3, 4, 9 and 12 more`."""
    listed = list(found)
    rest = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(map(str, listed[:most])) + rest
