"""Nothing of a match is let through, no match is missed, nothing is held for nothing: random rules, texts and pieces against what
is worked out by trying everything (hold_cases.py).

`SLUICE_CASES` says how many; a failure names its seed.
"""

import json
import os
import random
import re
import unicodedata
from collections.abc import Callable

import pytest

from chat.markdown import Renderer, render
from chat.markdown.sight import sight
from chat.moderation import Rule
from chat.moderation.automaton import Automaton
from chat.moderation.fold import Offsets, accented, alike, fold
from chat.moderation.fold import disguised as is_disguised
from chat.moderation.holding import Hold
from chat.moderation.marks import Markdown
from chat.moderation.member import Member
from chat.moderation.rules import CompiledRule, compile_rule
from chat.moderation.views import Json, Plain

from . import hold_cases as cases

CASES = int(os.environ.get("SLUICE_CASES", "10000"))
MARKS = [
    "**",
    "*",
    "_",
    "__",
    "`",
    "~~",
    "\\",
    "[",
    "](x)",
    "](http://a.b/c)",
    "](a(b)c)",
    '](a "b)c")',
    "](<a)b>)",
    "](a",
    '](a "',
    "[x](",
    ")",
    "<b>",
    "&amp;",
    "&#97;",
    "&#x62;",
    "\x1f",
    "\u200b",
]
BLOCKS = ["\n", "\n\n", "> ", "- ", "# ", " "]

pytestmark = pytest.mark.slow


def a_rule(pattern: str, name: str = "made", **more: object) -> CompiledRule:
    given: dict[str, object] = {"positives": (), "negatives": (), "source": "-", **more}
    return compile_rule(Rule(name=name, title="A word", reason="-", pattern=pattern, **given))  # type: ignore[arg-type]


def through(hold: Hold, pieces: list[str]) -> str:
    return "".join([*map(hold.feed, pieces), hold.finish()])


def covered(made: cases.Made, text: str) -> set[int]:
    """Every character of every match, in the text as written, folded, and with accents but else folded."""
    found = {place for span in cases.matches(made, text) for place in range(*span)}
    for form in (fold, accented):
        if (copy := form(text)) != text:
            offsets = Offsets(text, form)
            for span in cases.matches(made, copy):
                found |= set(range(*offsets.span(*span)))
    return found


def a_text(chance: random.Random, made: cases.Made, longest: int = 24) -> str:
    """Without what a rule's é may be written as in two characters: that is looked at in `words_with_accents`."""
    text = cases.text(chance, made, longest)
    return text.replace("\u0301", "") if "é" in made.pattern else text


def one_rule_that_blocks(seed: int) -> None:
    chance = random.Random(seed)
    made = cases.rule(chance)
    text = a_text(chance, made)
    hold = Hold(Automaton([a_rule(made.pattern)]), Plain())
    shown = through(hold, cases.pieces(chance, text))
    forbidden = covered(made, text)
    assert (hold.found is not None) == bool(forbidden)
    assert text.startswith(shown)
    assert not forbidden & set(range(len(shown)))
    if not forbidden:
        assert shown == hold.candidate == text


def one_rule_that_redacts(seed: int) -> None:
    chance = random.Random(seed)
    made = cases.rule(chance)
    rule = a_rule(made.pattern, action="redact")
    text = "".join(char if char.isascii() else "z" for char in cases.text(chance, made))
    expected, at = "", 0
    while (match := rule.program.search(text.encode(), at)) and match.end() > match.start():
        expected, at = expected + text[at : match.start()] + rule.rule.label, match.end()
    hold = Hold(Automaton([rule]), Plain())
    assert through(hold, cases.pieces(chance, text)) == hold.candidate == expected + text[at:]


def a_rule_that_looks_at_what_stands_before(seed: int) -> None:
    """What stands before is let through, and no character of what is found behind it."""
    chance = random.Random(seed)
    lead, made = cases.after_something(chance)
    pattern = made.pattern.removeprefix("(?i)")
    flags = "(?i)" if pattern != made.pattern else ""
    if flags and not lead.pattern.isascii():
        return
    text = "".join(char if char.isascii() else "z" for char in cases.text(chance, made))
    if flags:
        text = text.lower()
    hold = Hold(Automaton([a_rule(f"{lead.pattern}(?P<value>{flags}{pattern})")]), Plain())
    shown = through(hold, cases.pieces(chance, text))
    forbidden = {place for span in cases.values(lead, made, text) for place in range(*span)}
    assert (hold.found is not None) == bool(forbidden)
    assert not forbidden & set(range(len(shown)))
    if not forbidden:
        assert shown == text


def rules_of_both_kinds(seed: int) -> None:
    chance = random.Random(seed)
    made = [cases.rule(chance, 2) for _ in range(3)]
    rules = Automaton(
        [
            a_rule(each.pattern, f"rule-{number}", action=chance.choice(("redact", "block")))
            for number, each in enumerate(made)
        ]
    )
    text = cases.text(chance, chance.choice(made), 20)
    text = text.replace("\u0301", "") if any("é" in each.pattern for each in made) else text
    whole, hold = Hold(rules, Plain()), Hold(rules, Plain())
    at_once, shown = through(whole, [text]), through(hold, cases.pieces(chance, text))
    actions = [member.rule.action for member in rules._members]
    forbidden = [covered(each, text) for each, action in zip(made, actions, strict=True) if action == "block"]
    assert (hold.found is not None) == (whole.found is not None) == any(forbidden)
    if not any(forbidden):
        assert shown == at_once == hold.candidate, "it depends on the pieces"


def documents(seed: int) -> None:
    chance = random.Random(seed)
    made = cases.rule(chance, 2)
    rule = a_rule(made.pattern)
    raw = a_text(chance, made, 16)
    text = "".join(escaped(char) if chance.random() < 0.4 or char in '"\\\n' else char for char in raw)
    hold = Hold(Automaton([rule]), Json())
    shown = through(hold, cases.pieces(chance, text))
    expected = bool(covered(made, text)) or any(
        rule.program.search(form(raw).encode()) for form in (fold, accented)
    )
    assert (hold.found is not None) == expected
    if not expected:
        assert shown == text


def look_alikes(seed: int) -> None:
    """A word among letters of several alphabets, in pieces: found where it is disguised, and not where it is another word."""
    chance = random.Random(seed)
    word = chance.choice(["cop", "ox", "a1", "pact", "to"])
    letters = "copxatсорхатο\u03c1τ1 -ж\u200b\u0301𝐜ｏé\x02"
    disguises = {"c": "сｃ", "o": "оο𝐨", "p": "рρ", "x": "х", "a": "а", "t": "тτ"}
    parts = [chance.choice(letters) for _ in range(chance.randint(1, 12))]
    parts.insert(
        chance.randint(0, len(parts)), "".join(chance.choice(char + disguises.get(char, "")) for char in word)
    )
    text = "".join(parts)
    action = chance.choice(("block", "redact"))
    hold = Hold(Automaton([a_rule(re.escape(word), action=action)]), Plain())
    shown = through(hold, cases.pieces(chance, text))
    copy, offsets = fold(text), Offsets(text)
    forbidden = set(occurrences(word, text))
    for start, end in occurrences(word, alike(copy)):
        if copy[start:end] == word or is_disguised(copy[start:end]):
            forbidden.add(offsets.span(start, end))
    if action == "block":
        assert (hold.found is not None) == bool(forbidden)
        assert not any(len(shown) > start for start, _ in forbidden)
    elif not forbidden:
        assert shown == text
    else:
        assert not any(text[start:end] in shown for start, end in forbidden)


def lists_of_words(seed: int) -> None:
    """Words between borders, and words of scripts without spaces anywhere."""
    chance = random.Random(seed)
    letters = "ab猫サก"
    made = ("".join(chance.choices(letters, k=chance.randint(1, 3))) for _ in range(chance.randint(1, 4)))
    words = tuple(dict.fromkeys(made))
    words += tuple(f"{word} {chance.choice(words)}" for word in words[:1])
    text = "".join(chance.choices([*letters, " ", "-", "_", *words, "A", "\n"], k=chance.randint(1, 10)))
    action = chance.choice(("block", "redact"))
    hold = Hold(Automaton([a_rule("", words=words, action=action)]), Plain())
    shown = through(hold, cases.pieces(chance, text))
    forbidden = [span for word in words for span in standing(word, text)]
    if action == "block":
        assert (hold.found is not None) == bool(forbidden)
        assert not any(len(shown) > start for start, _ in forbidden)
    elif not forbidden:
        assert shown == text
    else:
        assert "[word removed]" in shown


def words_with_accents(seed: int) -> None:
    """Words with letters that are written as one character or as several, among invisible ones and in any case."""
    chance = random.Random(seed)
    letters = "göйガ씨ẫq"
    words = tuple(
        "".join(chance.choices(letters, k=chance.randint(1, 3))) for _ in range(chance.randint(1, 3))
    )
    written = "".join(
        chance.choices([*letters, " ", *words, "oи", "カ", "\u3099", "\u0308"], k=chance.randint(1, 6))
    )
    text = ""
    for char in written:
        spelt = unicodedata.normalize(chance.choice(("NFC", "NFD")), char)
        text += chance.choice((spelt, spelt.upper())) + chance.choice(("", "", "\u200b"))
    hold = Hold(Automaton([a_rule("", words=words)]), Plain())
    shown = through(hold, cases.pieces(chance, text))
    copies = [form(text) for form in (str, fold, accented)]
    copies += [unicodedata.normalize("NFC", copy) for copy in copies]
    assert (hold.found is not None) == any(standing(word, copy) for word in words for copy in copies)
    if hold.found:
        assert len(shown) <= hold.found.start
    else:
        assert shown == text


def standing(word: str, text: str) -> list[tuple[int, int]]:
    pattern = r"\s+".join(map(re.escape, word.split()))
    if not set(word) & set("猫サกガ"):
        # Marks and invisible characters are a part of words, other than for Python.
        pattern = rf"(?<![\w\u0300-\u0308\u3099\u200b]){pattern}(?![\w\u0300-\u0308\u3099\u200b])"
    return [match.span() for at in range(len(text)) if (match := re.compile(pattern, re.I).match(text, at))]


def occurrences(word: str, text: str) -> list[tuple[int, int]]:
    return [(at, at + len(word)) for at in range(len(text)) if text.startswith(word, at)]


def escaped(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def disguised(seed: int) -> None:
    """A word between and within Markdown's marks: what a reader sees of it before the end never has the word in it."""
    chance = random.Random(seed)
    word = chance.choice(["abc", "bab", "ab c", "cab1", "a-b", "pass word", "böb"])
    pattern = re.escape(word)
    rule = a_rule(pattern)
    text = ""
    for _ in range(chance.randint(1, 3)):
        text += "".join(chance.choice([*MARKS, *BLOCKS, "x", "y "]) for _ in range(chance.randint(0, 4)))
        for char in word:
            text += char + (chance.choice(MARKS) if chance.random() < 0.35 else "")
    text = text[:70]
    hold, shown, page = Hold(Automaton([rule]), Markdown(), lambda text: sight(render(text))), "", Renderer()
    for piece in cases.pieces(chance, text):
        let = hold.feed(piece)
        shown += let
        page.feed(let)
        seen = sight(page.html)
        assert word not in fold(seen) + accented(seen), f"{shown!r} shows it"
    shown += hold.finish()
    seen = sight(render(text))
    expected = any(word in form(read) for read in (text, seen) for form in (str, fold, accented))
    assert (hold.found is not None) == expected
    if not expected:
        assert shown == text


KINDS = {
    one_rule_that_blocks: 1.0, one_rule_that_redacts: 0.3, a_rule_that_looks_at_what_stands_before: 0.3, rules_of_both_kinds: 0.3, documents: 0.3, disguised: 0.3,
    look_alikes: 0.3, lists_of_words: 0.3, words_with_accents: 0.3,
}  # fmt: skip


def tried(check: Callable[[int], None], count: int, start: int = 0) -> list[str]:
    """The seeds that fail, with why."""
    failed = []
    for seed in range(start, start + count):
        try:
            check(seed)
        except AssertionError as error:
            failed.append(f"{check.__name__}({seed}): {str(error).partition(chr(10))[0]}")
    return failed


@pytest.mark.parametrize("check", KINDS, ids=lambda check: check.__name__)
def test_no_character_of_a_match_is_let_through_and_nothing_else_is_kept(
    check: Callable[[int], None],
) -> None:
    assert tried(check, round(CASES * KINDS[check]))[:5] == []


@pytest.mark.parametrize(
    "check", [one_rule_that_blocks, documents, disguised, look_alikes], ids=lambda check: check.__name__
)
def test_it_is_seen_where_the_hold_is_broken(
    check: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Automaton, "_held", lambda *arguments: None)
    assert len(tried(check, 300)) > 10


def test_it_is_seen_where_a_word_of_another_alphabet_is_taken_for_a_disguise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.moderation.scanning.disguised", lambda place: True)
    assert len(tried(look_alikes, 300)) > 10


def test_it_is_seen_where_what_has_matched_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Automaton, "_hits", lambda *arguments, **words: [])
    assert len(tried(one_rule_that_blocks, 300)) > 30


def test_places_where_rules_may_begin_that_are_too_many_are_looked_at_in_another_way_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.moderation.automaton.MANY", -1000)
    for check in KINDS:
        assert tried(check, 500)[:5] == []


STEPS = tuple(range(30))


@pytest.mark.parametrize("many", [None, -1000], ids=["from places", "each rule by itself"])
def test_what_a_rule_cannot_reach_any_more_is_not_held_for_it_and_nothing_else_is_let_through(
    many: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.moderation.automaton.REACHES", STEPS)
    if many:
        monkeypatch.setattr("chat.moderation.automaton.MANY", many)
    for check in KINDS:
        assert tried(check, CASES // 20)[:5] == []


def test_it_is_seen_where_a_rule_is_believed_to_reach_less_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.moderation.automaton.REACHES", STEPS)
    made = Member.__init__

    def less_far(self: Member, compiled: CompiledRule) -> None:
        made(self, compiled)
        self.longest = self.longest and self.longest - 1

    monkeypatch.setattr(Member, "__init__", less_far)
    assert len(tried(one_rule_that_blocks, 1000)) > 10


def test_what_is_kept_back_may_be_looked_at_more_rarely_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.moderation.holding.MUCH", 1)
    monkeypatch.setattr("chat.moderation.holding.PART", 1)
    for check in KINDS:
        assert tried(check, CASES // 20)[:5] == []


def test_json_strings_are_read_as_they_are_shown() -> None:
    hold = Hold(Automaton([a_rule("😀secret")]), Json())
    assert through(hold, list(json.dumps({"a": "x 😀secret"}))) == '{"a": "x '
    assert hold.found is not None
