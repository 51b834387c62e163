"""Pattern rules: what one is, and how its pattern is compiled or refused.

Patterns run on RE2 only. Its time grows with the text's length whatever the pattern, so a rule that an
administrator writes cannot stall the process; Python's `re` would.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import re2

from .syntax import spelt

# Bytes for one rule's program and its automaton's cache. The largest of the 221 rules of gitleaks
# needs 5,169 instructions and fits.
MEMORY = 2 << 20
# Scanning is linear, but its constant is the program's size where the automaton does not fit.
INSTRUCTIONS = 10_000
PATTERN_LENGTH = 4_000
# The same for lists of words: RE2 keeps their common beginnings once.
WORDS_MOST, WORD_LENGTH, WORDS_MEMORY, WORDS_INSTRUCTIONS = 20_000, 100, 64 << 20, 1_000_000

Direction = Literal["output", "input"]
BOTH: frozenset[Direction] = frozenset({"output", "input"})

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_ARTICLE = re.compile("^(a|an|the) ", re.IGNORECASE)
_BYTE = re.compile(r"(?<!\\)(?:\\\\)*\\C")
NO_WORD = r"[^\pL\pM\pN\p{Cf}_]"
# Scripts that are written without spaces between words, by how the names of their characters begin.
_UNSPACED = ("CJK ", "HIRAGANA", "KATAKANA", "THAI", "LAO ", "KHMER", "MYANMAR", "TIBETAN")
# A pattern that can match nothing matches nothing in at least one of these.
_PROBES = ("", "a", " ", "a a", "A", "1", "-", "\n", "é")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pattern that must not be in an answer, with what proves it.

    `name` is a slug and stands on record; `title` and `reason` are what a reviewer reads. A group named
    `value` in the pattern is what a finding covers and `validate` is given; without one, the whole
    match. `validate` says whether the matched text really is one (a check digit, say). `positives` must
    be found by the rule and `negatives` must not: they are its tests, run at start. `source` is where
    the form is documented.

    `words` stand in a pattern's place: whole words and phrases, in any case, between characters that are no letter, mark,
    digit or underscore of any alphabet; one with letters of a script without spaces, such as Chinese, stands anywhere. `action`: an answer with it is blocked, or `label` takes its place before anybody
    is shown it. `directions`: it looks at answers (output), at what people write (input), or both.
    """

    name: str
    title: str
    reason: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...]
    source: str
    pattern: str = ""
    words: tuple[str, ...] = ()
    category: str = "other"
    validate: Callable[[str], bool] | None = None
    action: Literal["block", "redact"] = "block"
    directions: frozenset[Direction] = BOTH

    @property
    def noun(self) -> str:
        """The title as it stands within a sentence."""
        small = self.title[1:2].islower() or _ARTICLE.match(self.title)
        return self.title[:1].lower() + self.title[1:] if small else self.title

    @property
    def label(self) -> str:
        """What stands where it was redacted."""
        return f"[{_ARTICLE.sub('', self.noun)} removed]"


class BadRule(ValueError):
    """A rule that cannot be used. Its text is a sentence that names the rule and says what to change."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"Rule “{rule[:80]}”: {what}")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its RE2 program, and the group that its findings cover (0 is the whole match)."""

    rule: Rule
    program: Any
    group: int


def compile_rule(rule: Rule) -> CompiledRule:
    """Compile one rule; raises BadRule with a sentence for the person who wrote it."""
    if not _SLUG.fullmatch(rule.name):
        raise BadRule(rule.name, "a name is made of small letters, digits and single hyphens.")
    if bool(rule.pattern) == bool(rule.words):
        raise BadRule(rule.name, "a rule has a pattern or a list of words, one of them.")
    if len(rule.pattern) > PATTERN_LENGTH:
        raise BadRule(
            rule.name, f"the pattern has {len(rule.pattern):,} characters; {PATTERN_LENGTH:,} are allowed."
        )
    if _BYTE.search(rule.pattern):
        raise BadRule(rule.name, r"the pattern uses \C, which can match half of a character.")
    program = _compile(rule)
    if program.programsize > (WORDS_INSTRUCTIONS if rule.words else INSTRUCTIONS):
        raise BadRule(
            rule.name,
            f"the pattern is too large ({program.programsize:,} instructions, {INSTRUCTIONS:,} are allowed);"
            " make its repetitions smaller.",
        )
    for probe in _PROBES:
        if any(match.start() == match.end() for match in program.finditer(probe)):
            raise BadRule(rule.name, "the pattern matches the empty text, so it would match every answer.")
    return CompiledRule(rule, program, program.groupindex.get("value", 0))


def compile_all(rules: Iterable[Rule]) -> tuple[CompiledRule, ...]:
    """Compile every rule; raises BadRule for the first bad one, and for a name that comes twice."""
    compiled: dict[str, CompiledRule] = {}
    for rule in rules:
        if rule.name in compiled:
            raise BadRule(rule.name, "two rules have this name.")
        compiled[rule.name] = compile_rule(rule)
    return tuple(compiled.values())


def source(rule: Rule) -> str:
    """The rule's pattern in RE2's syntax. Raises BadRule for a list of words that cannot be used."""
    if not rule.words:
        return spelt(rule.pattern)
    if len(rule.words) > WORDS_MOST:
        raise BadRule(rule.name, f"the list has {len(rule.words):,} entries; {WORDS_MOST:,} are allowed.")
    phrases: dict[bool, list[str]] = {False: [], True: []}
    for entry in rule.words:
        phrases[bordered(entry)].append(_phrase(rule, entry))
    parts = phrases[False]
    if words := phrases[True]:
        parts = [rf"(?:^|{NO_WORD})(?P<value>{'|'.join(words)})(?:{NO_WORD}|$)", *parts]
    return f"(?i){'|'.join(parts)}"


def bordered(entry: str) -> bool:
    """Whether an entry of a list stands only where a word begins and ends: not one of a script without spaces."""
    return not any(unicodedata.name(char, "").startswith(_UNSPACED) for char in entry if char.isalpha())


def _phrase(rule: Rule, entry: str) -> str:
    parts = unicodedata.normalize("NFC", entry).split()
    if not parts or len(entry) > WORD_LENGTH:
        raise BadRule(
            rule.name, f"an entry of the list has 1 to {WORD_LENGTH} characters, unlike “{entry[:40]}”."
        )
    # RE2 knows of capitals only those that are one letter.
    return r"\s+".join(spelt(re2.escape(part)).replace("ß", "(?:ß|ss)") for part in parts)


def options(memory: int = MEMORY) -> Any:
    """RE2's options for rules; `memory` in bytes. A new object each time: RE2's are mutable."""
    made = re2.Options()
    made.max_mem = memory
    made.log_errors = False
    return made


def _compile(rule: Rule) -> Any:
    try:
        return re2.compile(source(rule), options(WORDS_MEMORY if rule.words else MEMORY))
    except re2.error as error:
        said = error.args[0] if error.args else b""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    except UnicodeEncodeError:
        raise BadRule(
            rule.name, "the pattern holds half of a surrogate pair, which is not a character."
        ) from None
    hint = ""
    if "perl operator" in words or "escape sequence" in words:
        hint = " RE2 has no look-ahead, look-behind or back-references."
    elif "too large" in words or "repetition size" in words:
        hint = " Make its repetitions smaller; 1,000 is the most."
    raise BadRule(rule.name, f"the pattern cannot be used: {words}.{hint}")
