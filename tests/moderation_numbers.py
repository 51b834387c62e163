"""What the rule packs find in the shared cases, as the tables of docs/packs.md: `python -m tests.moderation_numbers`.

A test holds the document to them. Counted are texts: one is found where any rule of the packs that are on finds
something in it, as a person would be told.
"""

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from chat.moderation import Block, PatternChecker, Rule, compile_rules
from chat.moderation.packs import PACKS

from .material import load

# The kinds of the evasion file, in the words of the document; a kind that begins so belongs there.
KINDS = {
    "case": "capitals",
    "fullwidth": "full-width, mathematical, circled letters",
    "math-bold": "full-width, mathematical, circled letters",
    "circled": "full-width, mathematical, circled letters",
    "combining": "an accent on each letter",
    "homoglyph-1": "one look-alike of another alphabet",
    "homoglyph-all": "look-alikes throughout",
    "invisible": "invisible characters",
    "tag-characters": "tag characters",
    "bidi": "shown backwards",
    "entity": "HTML entities",
    "html-entities": "HTML entities",
    "html-comment": "an HTML comment inside",
    "markdown-split": "Markdown's marks inside",
    "backslash": "a backslash inside",
    "hyphen-newline": "a hyphen and a new line inside",
    "spaced": "a space between all letters",
}
# What a pack is for, by how the entities of the personal data file begin. The longest that fits decides.
ENTITIES = {
    "credit_card": "starter", "iban": "starter", "us_ssn": "starter", "email": "contact", "phone": "contact",
    "ph_mobile": "contact", "tr_phone": "contact", "uk_postcode": "contact", "ip": "network", "mac": "network",
    "crypto": "contact", "aba": "national-us",
} | {f"{country}_": f"national-{country}" for country in "au ca de es fi in it kr ng ph pl se sg th tr uk us za".split()}  # fmt: skip
# Names and dates are no matter of form; a web address is nobody's; a number plate or a postcode of five digits looks
# like anything.
NOT_CLAIMED = (
    "date",
    "url",
    "spacy",
    "stanza",
    "transformers",
    "pattern",
    "de_plz",
    "de_kfz",
    "_vehicle_",
    "_license_plate",
)


@dataclass
class Count:
    """Texts with what is looked for, and without: how many there are, and in how many something was found."""

    found: int = 0
    wanted: int = 0
    alarms: int = 0
    others: int = 0

    def add(self, wanted: bool, found: bool) -> None:
        self.wanted, self.others = self.wanted + wanted, self.others + (not wanted)
        self.found, self.alarms = self.found + (wanted and found), self.alarms + (found and not wanted)

    @property
    def precision(self) -> float:
        """Of what was found, how much was wanted."""
        return self.found / (self.found + self.alarms)

    @property
    def recall(self) -> float:
        """Of what was wanted, how much was found."""
        return self.found / self.wanted

    def cells(self) -> str:
        return f"{self.found} of {self.wanted} | {self.alarms} of {self.others} |"

    def rates(self) -> str:
        precision = f"{self.precision:.0%}" if self.found + self.alarms else "–"
        return f"{precision} | {f'{self.recall:.0%}' if self.wanted else '–'} |"


@cache
def evasion() -> dict[str, tuple[Count, Count]]:
    """By kind: a word found by itself, and with the pack of hidden text."""
    counts: dict[str, tuple[Count, Count]] = defaultdict(lambda: (Count(), Count()))
    for case in load("5-moderation/evasion_unicode.json")["cases"]:
        word = Rule(
            name="word",
            title="A word",
            reason="-",
            words=(case["blocked_word"],),
            positives=(),
            negatives=(),
            source="-",
        )
        kind = next(
            KINDS[begins]
            for begins in sorted(KINDS, key=len, reverse=True)
            if case["kind"].startswith(begins)
        )
        for count, rules in zip(counts[kind], ([word], [word, *PACKS["hidden"].rules]), strict=True):
            count.add(True, _flags(compile_rules(rules), case["text"]))
    return counts


@cache
def secrets() -> dict[tuple[str, str], Count]:
    """By file and the scanner's own name for it, with `starter` and `more-secrets`."""
    checker = compile_rules([*PACKS["starter"].rules, *PACKS["more-secrets"].rules])
    counts: dict[tuple[str, str], Count] = defaultdict(Count)
    for file, kind in (("detect_secrets", "detector"), ("gitleaks", "rule")):
        for case in load(f"5-moderation/secrets_{file}.json")["cases"]:
            text = base64.b64decode(case["text_b64"]).decode("utf-8", "replace")
            counts[file, case[kind]].add(case["expect_secret"], _flags(checker, text))
    return counts


@cache
def personal() -> dict[str, tuple[str, Count]]:
    """By entity: the pack it is looked for with, and its count."""
    checkers = {name: compile_rules(PACKS[name].rules) for name in set(ENTITIES.values())}
    counts: dict[str, tuple[str, Count]] = {}
    for case in load("5-moderation/pii_presidio.json")["cases"]:
        entity = case["entity"]
        if entity.startswith(NOT_CLAIMED) or any(
            part in entity for part in NOT_CLAIMED if part.startswith("_")
        ):
            continue
        pack = next(
            ENTITIES[begins]
            for begins in sorted(ENTITIES, key=len, reverse=True)
            if entity.startswith(begins)
        )
        _, count = counts.setdefault(entity, (pack, Count()))
        count.add(bool(case["expect_count"]), _flags(checkers[pack], case["text"]))
    return counts


def total(counts: Iterable[Count]) -> Count:
    whole = Count()
    for count in counts:
        for field in ("found", "wanted", "alarms", "others"):
            setattr(whole, field, getattr(whole, field) + getattr(count, field))
    return whole


def tables() -> Iterator[str]:
    """The tables' lines, an empty one between two tables."""
    yield "| how the word is disguised | found | with `hidden` |"
    yield "| --- | --- | --- |"
    kinds = evasion()
    for kind in dict.fromkeys(KINDS.values()):
        alone, with_hidden = kinds[kind]
        yield f"| {kind} | {alone.found} of {alone.wanted} | {with_hidden.found} of {with_hidden.wanted} |"
    alone, with_hidden = (total(pair[index] for pair in kinds.values()) for index in (0, 1))
    yield f"| all | {alone.found} of {alone.wanted} | {with_hidden.found} of {with_hidden.wanted} |"
    yield ""
    yield "| cases of | found | false alarms | precision | recall |"
    yield "| --- | --- | --- | --- | --- |"
    found = secrets()
    for file, name in (("detect_secrets", "detect-secrets"), ("gitleaks", "gitleaks")):
        yield from _rows({kind: count for (other, kind), count in found.items() if other == file}, name, str)
    yield ""
    yield "| entity | pack | found | false alarms | precision | recall |"
    yield "| --- | --- | --- | --- | --- | --- |"
    data = personal()
    for entity, (pack, count) in sorted(data.items(), key=lambda item: (item[1][0], item[0])):
        yield f"| {entity} | `{pack}` | {count.cells()} {count.rates()}"
    whole = total(count for _, count in data.values())
    yield f"| all | | {whole.cells()} {whole.rates()}"


def _rows(counts: dict[str, Count], name: str, label: Callable[[str], str]) -> Iterator[str]:
    """A row for each kind that has secrets or gave an alarm, one for the rest, and their sum."""
    shown = {kind: count for kind, count in counts.items() if count.wanted or count.alarms}
    for kind, count in sorted(shown.items()):
        yield f"| {name}: {label(kind)} | {count.cells()} {count.rates()}"
    rest = [count for kind, count in counts.items() if kind not in shown]
    yield f"| {name}: {len(rest)} more, without secrets | {total(rest).cells()} | |"
    yield f"| **{name}, all** | {total(counts.values()).cells()} {total(counts.values()).rates()}"


def told(checker: PatternChecker, text: str) -> tuple[set[str], set[str]]:
    """The rules that block an answer as it arrives, character by character, and those that find something in the whole."""
    gate = checker.gate("post", "markdown")
    actions = [action for char in text for action in gate.feed(char)] + gate.finish()
    blocked = {action.found.rule.name for action in actions if isinstance(action, Block) and action.found}
    return blocked, {found.rule for found in checker.scan({"text": text}).findings}


def _flags(checker: PatternChecker, text: str) -> bool:
    result = checker.scan({"text": text})
    if result.outcome == "error":
        raise RuntimeError(result.detail)
    return result.outcome == "flag"


if __name__ == "__main__":
    print("\n".join(tables()))
