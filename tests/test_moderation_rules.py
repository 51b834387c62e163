"""The starter pack proves itself; patterns run on RE2 or are refused with a sentence."""

import asyncio
import json

import pytest

from chat.moderation import (
    BadRule,
    Finding,
    PatternChecker,
    Release,
    Rule,
    Subject,
    compile_rules,
    prove,
    starter_pack,
)
from chat.moderation.scanning import PLACES

STARTER = compile_rules(starter_pack())
KEY = "AKIA" + "QE3A7VQ5LXN4TGWJ"
CARD = "4111 1111 1111 1111"


def rule(pattern="forbidden", name="made-up", **more):
    given = {
        "title": "A word",
        "reason": "Because.",
        "positives": ("forbidden",),
        "negatives": ("fine",),
        "source": "-",
    }
    return Rule(name=name, pattern=pattern, **(given | more))


def places(text, checker=STARTER, channel="text"):
    result = checker.scan({channel: text})
    assert result.outcome != "error", result.detail
    return [(found.rule, text[found.start : found.end]) for found in result.findings]


@pytest.mark.slow
def test_every_rule_finds_its_positives_and_leaves_its_negatives():
    assert prove(STARTER) == []


def test_a_rule_that_is_wrong_about_its_examples_is_reported_by_name():
    wrong = compile_rules(
        [rule(positives=("allowed",), negatives=("forbidden",)), rule(name="bare", negatives=())]
    )
    assert prove(wrong) == [
        "Rule “made-up” does not find its positive example 1.",
        "Rule “made-up” finds its negative example 1.",
        "Rule “bare” needs at least one text it finds and one it leaves alone.",
    ]


def test_a_rule_whose_check_breaks_is_reported_and_passes_nothing():
    broken = compile_rules([rule(validate=lambda text: 1 / 0)])
    result = broken.scan({"text": "forbidden"})
    assert (result.outcome, result.detail) == ("error", "The rules could not be applied (ZeroDivisionError).")
    assert prove(broken)


def test_examples_of_one_rule_never_trip_another_as_a_false_alarm():
    for each in STARTER.rules:
        for text in each.negatives:
            assert places(text) == [], each.name


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(unclosed", "missing )"),
        ("a(?=b)", "no look-ahead"),
        (r"(a)\1", "back-references"),
        ("a{2000}", "1,000 is the most"),
        ("((a{100}){100}){100}", "cannot be used"),
        ("[a-z]{900}[0-9]{900}([a-z]|[α-ω]){900}.{900}", "too large"),
        ("a*", "empty text"),
        (r"\b", "empty text"),
        ("|forbidden", "empty text"),
        (r"(?m)^", "empty text"),
        (r"a\Cb", "half of a character"),
        ("\ud800", "surrogate"),
        ("x" * 5000, "5,000 characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_a_sentence_that_names_the_rule(pattern, says):
    with pytest.raises(BadRule, match=r"^Rule “made-up”: ") as refused:
        compile_rules([rule(pattern)])
    assert says in str(refused.value)


def words(*entries, **more):
    given = {"positives": (entries[0],) if entries else ("x",), "negatives": ("fine",)}
    return rule(pattern="", words=entries, **(given | more))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He said Damn.", ["Damn"]),
        ("damn", ["damn"]),
        ("damn damn", ["damn", "damn"]),
        ("goddamn, damnation, damn_it, damn1", []),
        ("édamn damné дdamn", []),  # RE2's own borders know ASCII alone
        ("damn\u0301", ["damn"]),  # folded, a disguise of the word
        ("Go  to\nHELL now", ["to\nHELL"]),
        ("a CAFÉ, a c.f", ["CAFÉ"]),
        ("1+1=2", ["1+1"]),
    ],
)
def test_a_list_of_words_finds_whole_words_and_phrases_in_any_case_and_alphabet(text, found):
    checker = compile_rules([words("damn", "to hell", "café", "1+1")])
    assert [word for _, word in places(text, checker)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("在湖边看见鹭飞过", ["鹭"]),
        ("アオサギだ", ["サギ"]),
        ("去卡拉ok吧", ["卡拉ok"]),
        ("heronry, a heron", ["heron"]),
        ("왜가리 왜가리들", ["왜가리"]),  # written with spaces
    ],
)
def test_in_a_script_without_spaces_an_entry_stands_anywhere(text, found):
    checker = compile_rules([words("heron", "鹭", "サギ", "卡拉OK", "왜가리")])
    assert [word for _, word in places(text, checker)] == found


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("хуй", "ху\u200bй"),
        ("хуй", "хуи\u0306"),
        ("씨발", "씨\u200b발"),
        ("씨발", "\u110a\u1175발"),
        ("göt", "gö\u200bt"),
        ("göt", "go\u0308t"),
        ("göt", "GO\u0308T"),
        ("göt", "ｇöt"),
        ("ガキ", "ｶﾞキ"),
        ("mẫu", "mâ\u0303u"),
        ("mẫu", "ma\u0302\u0303u"),
    ],
)
def test_a_word_with_accents_or_of_syllables_is_found_however_it_is_written(entry, text):
    assert places(f"A {text}!", compile_rules([words(entry)])) == [("made-up", text)]
    offered, _ = compile_rules([words(entry)]).redacted(f"A {text}!")
    assert text not in offered


@pytest.mark.parametrize("text", ["scheiße", "SCHEISSE", "Scheisse", "SCHEIẞE", "ESSE", "eße"])
def test_a_capital_that_is_two_letters_is_one_in_any_case(text):
    checker = compile_rules([words("scheiße", "eße")])
    assert places(f"So, {text}!", checker) == [("made-up", text)]
    made = checker.gate("post", "plain")
    shown = [action.text for char in f"{text}!" for action in made.feed(char) if isinstance(action, Release)]
    assert shown == []


def test_a_word_without_an_accent_is_another_word():
    assert places("got, gö", compile_rules([words("göt")])) == []


@pytest.mark.parametrize("text", ["Gro\u0308ße", "GRÖ\u200bßE"])
def test_a_pattern_with_accents_finds_them_however_they_are_written(text):
    checker = compile_rules([rule(r"(?i)projekt (?P<value>größe\b|[äö]|\Qü\E)")])
    assert places(f"Projekt {text}", checker) == [("made-up", text)]
    assert places("Projekt ä, Projekt ü, projekt große", checker) == [("made-up", "ä"), ("made-up", "ü")]


@pytest.mark.slow
def test_a_list_may_have_thousands_of_entries_and_is_refused_with_more_than_is_allowed():
    checker = compile_rules([words(*(f"word{number}" for number in range(20_000)))])
    assert places("not word20000 but Word19999", checker) == [("made-up", "Word19999")]
    with pytest.raises(BadRule, match="20,001 entries; 20,000 are allowed"):
        compile_rules([words(*["word"] * 20_001)])


@pytest.mark.parametrize("entry", ["", "  ", "x" * 101])
def test_an_entry_that_cannot_be_found_is_refused(entry):
    with pytest.raises(BadRule, match="an entry of the list"):
        compile_rules([words("good", entry)])


@pytest.mark.parametrize("given", [{"pattern": "", "words": ()}, {"pattern": "a", "words": ("b",)}])
def test_a_rule_has_a_pattern_or_a_list_of_words(given):
    with pytest.raises(BadRule, match="one of them"):
        compile_rules([rule(**given)])


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("A payment card number", "[payment card number removed]"),
        ("An IBAN", "[IBAN removed]"),
        ("IBANs", "[IBANs removed]"),
        ("Words of the house", "[words of the house removed]"),
    ],
)
def test_what_takes_the_place_of_something_redacted_says_what_it_was(title, label):
    assert rule(title=title).label == label


@pytest.mark.parametrize("name", ["", "Two Words", "-a", "a--b", "ä", "a\n"])
def test_a_rule_is_named_by_a_slug(name):
    with pytest.raises(BadRule, match="small letters"):
        compile_rules([rule(name=name)])


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(BadRule, match="two rules"):
        compile_rules([rule(), rule()])


def test_no_rules_at_all_pass_everything_and_a_rule_without_a_literal_is_tried():
    assert compile_rules([]).scan({"text": CARD}).outcome == "pass"
    assert places("a 12 b", compile_rules([rule(r"\d\d")])) == [("made-up", "12")]


@pytest.mark.slow
@pytest.mark.parametrize("before", ["", "é ", "😀😀 ", "\U0001d400\U0001d400 ", "日本語 ", "a\u0300 "])
def test_offsets_count_code_points_in_the_text_as_written(before):
    text = f"{before}{KEY} and {KEY}"
    assert STARTER.scan({"text": text}).findings == tuple(
        Finding("aws-access-key", STARTER.rules[0].reason, "text", start, start + len(KEY))
        for start in (len(before), len(before) + len(KEY) + 5)
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "\x02",
        "\x1f",
        "\x7f",
        "\u200b",
        "\u00ad",
        "\u2060",
        "\ufeff",
        "\u0301",
        "\ufe0f",
        "\u180e",
        "\U000e0041",
        "\u3164",
    ],
)
def test_an_invisible_character_inside_a_secret_does_not_hide_it(hidden):
    disguised = hidden.join(KEY)
    assert places(f"😀 see {disguised}.") == [("aws-access-key", disguised)]
    card = f"4111{hidden} 1111 {hidden}1111 1111"
    assert places(f"pay {card}, é") == [("payment-card", card)]


def test_compatibility_forms_are_plain_letters_and_digits():
    wide = "".join(chr(ord(char) + 0xFEE0) for char in KEY)
    assert places(wide) == [("aws-access-key", wide)]
    bold = "".join(chr(0x1D7CE + int(char)) for char in "4111111111111111")
    assert places(bold) == [("payment-card", bold)]
    assert places("4111\u00a01111\u20091111\u202f1111") == [
        ("payment-card", "4111\u00a01111\u20091111\u202f1111")
    ]


def test_what_is_found_as_written_is_not_found_twice_beside_a_disguise():
    assert places(f"é {KEY}") == [("aws-access-key", KEY)]


def test_one_space_may_end_a_number_and_begin_the_next():
    assert [found for _, found in places(f"{CARD} {CARD}")] == [CARD, CARD]
    assert [found for _, found in places("4111 1111 1111 1112 4111 1111 1111 1111")] == [CARD]


def test_a_lone_surrogate_in_the_text_neither_breaks_the_scan_nor_moves_offsets():
    assert places(f"\ud83d {KEY}") == [("aws-access-key", KEY)]


def test_findings_of_one_rule_in_one_channel_are_capped():
    assert len(places(f"{CARD} " * (PLACES + 5))) == PLACES


@pytest.mark.parametrize("before", ["", "é "])
def test_everything_that_is_found_in_a_question_is_replaced_in_what_is_offered(before):
    text = "\n".join([f"{before}the card {CARD}"] * (PLACES + 5))
    offered, found = STARTER.redacted(text)
    assert len(found) == PLACES + 5
    assert CARD not in offered
    assert STARTER.redacted(offered) == (offered, [])


def test_every_channel_is_scanned_and_named():
    call = {"id": "call_1", "name": "lookup", "arguments": '{"key": "' + KEY + '"}'}
    found = STARTER.scan(
        {"text": CARD, "reasoning": KEY, "refusal": KEY, "tool_calls": [{"id": "a"}, call]}
    ).findings
    assert [each.channel for each in found] == ["text", "reasoning", "refusal", "tool_calls.1.arguments"]
    assert found[3].start == len('{"key": "')


def test_a_secret_spelled_with_escapes_in_arguments_is_found_where_it_stands():
    arguments = '{"key": "\\u0041KIA' + KEY[4:] + '"}'
    assert KEY not in arguments
    (found,) = STARTER.scan({"tool_calls": [{"function": {"arguments": arguments}}]}).findings
    assert found.channel == "tool_calls.0.function.arguments"
    assert json.loads(f'"{arguments[found.start : found.end]}"') == KEY


@pytest.mark.parametrize("arguments", ['{"a": ', "[" * 100_000, '"\\ud83d"', "nonsense", ""])
def test_arguments_that_are_not_json_are_scanned_as_written(arguments):
    assert STARTER.scan({"tool_calls": [{"arguments": arguments}]}).outcome == "pass"
    assert STARTER.scan({"tool_calls": [{"arguments": arguments + " " + KEY}]}).outcome == "flag"


def test_a_body_nested_too_deeply_is_an_error_and_not_a_pass():
    value = []
    for _ in range(60):
        value = [value]
    assert STARTER.scan({"tool_calls": value}).outcome == "error"


def test_a_long_text_is_judged_away_from_the_event_loop_with_the_same_result():
    async def both():
        return [await STARTER.check(Subject({"text": text + KEY})) for text in ("", "word " * 10_000)]

    short, long = asyncio.run(both())
    assert short.outcome == long.outcome == "flag"
    assert long.findings[0].start == 50_000


@pytest.mark.slow
def test_the_first_look_never_hides_a_match():
    class Everything:
        def possible(self, data):
            return range(len(STARTER.rules))

    slow = PatternChecker(starter_pack())
    slow.output._literals = Everything()
    for each in STARTER.rules:
        for text in (*each.positives, *each.negatives):
            assert places(text) == places(text, slow), each.name


def test_a_first_look_that_fails_tries_every_rule():
    class Blind:
        def Match(self, data, potential):
            return []

    checker = compile_rules(starter_pack())
    checker.output._literals._filter = Blind()
    assert places(KEY, checker) == [("aws-access-key", KEY)]
