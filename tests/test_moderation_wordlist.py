"""A pasted list of words: what becomes an entry, and what is said of a list that cannot be used."""

import pytest

from chat.moderation import Rule, compile_rules
from chat.moderation.packs.wordlist import LONGEST, BadList, entries
from chat.moderation.rules import WORD_LENGTH, WORDS_MOST


def test_each_line_is_an_entry_and_blanks_and_comments_are_not():
    text = "\ufeff# Codenames\r\n\r\nProject  Heron\r\nfalcon # the second\n  C# \n#hidden\n1+1\u2028écluse\n"
    assert entries(text) == ("Project Heron", "falcon", "C#", "1+1", "écluse")


def test_an_entry_in_another_case_or_another_form_is_the_same_and_the_first_stays():
    assert entries("Heron\nHERON\nheron\nécluse\nÉCLUSE\ncafe\u0301\ncaf\u00e9") == (
        "Heron",
        "écluse",
        "caf\u00e9",
    )


def test_a_word_with_a_sharp_s_and_its_spelling_in_capitals_are_two_entries_and_both_are_found():
    found = entries("Straße\nSTRASSE\nMASSE\nmaße\nSTRAßE")
    assert found == ("Straße", "STRASSE", "MASSE", "maße")
    rule = Rule(name="own", title="A word", reason="-", words=found, positives=(), negatives=(), source="-")
    text = "straße, Strasse, STRASSE; Masse, Maße, MASSE"
    assert len(compile_rules([rule]).scan({"text": text}).findings) == 6


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no entry"),
        ("# only this\n\n", "has no entry"),
        (
            "good\n" + "x" * (WORD_LENGTH + 1),
            "Line 2: the entry has 101 characters; 100 are allowed. Is it one entry a line?",
        ),
        ("good\n---", "Line 2: “---” has no letter or digit."),
        ("a", "Line 1: “a” alone would be found in nearly every text."),
        ("bad\x00", "Line 1: the entry has a character that is no text. Save the list as UTF-8."),
        ("bad\ud800", "no text"),
        ("x" * (LONGEST + 1), "1,000,001 characters; 1,000,000 are allowed"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_a_sentence(text, says):
    with pytest.raises(BadList) as refused:
        entries(text)
    assert says in str(refused.value)


def test_what_is_read_can_be_a_rule():
    found = entries("Heron\nproject  x # two words\nC#")
    rule = Rule(name="own", title="A word", reason="-", words=found, positives=(), negatives=(), source="-")
    assert len(compile_rules([rule]).scan({"text": "HERON, project\nX and c#, not herons"}).findings) == 3


@pytest.mark.slow
def test_a_list_may_be_as_long_as_a_rule_may_be():
    text = "\n".join(f"word{number}" for number in range(WORDS_MOST))
    assert len(entries(text)) == WORDS_MOST
    with pytest.raises(BadList, match="20,001 entries; 20,000 are allowed"):
        entries(text + "\none more")
