"""The folded copy, and the way back from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.moderation import Rule, compile_rules, starter_pack
from chat.moderation.confusables import CONFUSABLES
from chat.moderation.fold import Offsets, alike, disguised, fold

KEY = "AKIA" + "QE3A7VQ5LXN4TGWJ"
STARTER = compile_rules(starter_pack())
# Characters that fold to nothing, to one, and to several, mixed with plain ones.
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aé\u200b\u00ad\u0301½ﬃ\U0001d400😀\ufdfa한сІαטا٤०🅰\u2011\u2028\x85\x02\x1f\x7f\t"),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("plain\n", "plain\n"),
        ("Ｆｕｌｌ １２", "Full 12"),
        ("𝐁𝑜𝓁𝖽", "Bold"),
        ("é e\u0301 ẫ", "e e a"),
        ("a\u200bb\u00adc\ufeffd\u2066e\U000e0020f\u115fg\u3164h\ufe0fi", "abcdefghi"),
        ("ﬁ ½ ①", "fi 1⁄2 1"),
        ("😀 日本", "😀 日本"),
        ("٤١११๑𝟣", "411111"),
        ("🅿🅰🆂 Ⓢⓢ", "PAS Ss"),
        ("4111\u20111111–1−1", "4111-1111-1-1"),
        ("a\u2028b\u2029c\u0085d\u0080e\u1680f\u3000g", "a\nb\nc\nde f g"),
        ("a\x00b\x02c\x08d\x0ee\x1ff\x7fg", "abcdefg"),
        ("a\tb\nc\vd\fe\rf", "a\tb\nc\vd\fe\rf"),
        ("sık dağ", "sık dag"),
        ("мороз Ωρα", "мороз Ωρα"),
    ],
)
def test_forms_are_made_plain_and_invisible_characters_dropped(text, folded):
    assert fold(text) == folded


@given(TEXTS, TEXTS)
def test_folding_does_not_depend_on_where_the_text_is_cut(before, after):
    assert fold(before + after) == fold(before) + fold(after)
    assert alike(before + after) == alike(before) + alike(after)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("раѕѕԝоrԁ СОТА ІВМ", "password COTA IBM"),
        ("ρον ΑΒΕ Ꮪꓢ𐊖 ᴘᴀss", "pov ABE SSS pass"),
        ("я жду", "я ждy"),
        ("plain 日本 é", "plain 日本 é"),
    ],
)
def test_look_alikes_are_read_as_the_letters_they_look_like(text, read):
    assert alike(text) == read
    assert len(read) == len(text)


def test_a_look_alike_stands_for_one_ascii_letter_or_digit_and_is_none_itself():
    assert len(CONFUSABLES) > 400
    for char, plain in CONFUSABLES.items():
        assert not char.isascii()
        assert plain.isascii()
        assert plain.isalnum()
        assert len(plain) == 1 == len(char)
        assert alike(char) == plain
        assert fold(char) == char


def words(*entries):
    rule = Rule(name="own", title="A word", reason="-", words=entries, positives=(), negatives=(), source="-")
    return compile_rules([rule])


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("cop", "Сор из избы не выносят."),
        ("cop", "СОР"),
        ("poc", "мороз и рос"),
        ("pact", "раст"),
        ("oh", "Он и она: ОН"),
        ("tom", "и потом ТОМ, том второй"),
        ("tim", "тім"),
        ("mama", "Μαμά, ΜΑΜΑ, мама"),
        ("to", "το βιβλίο και ΤΟ ΝΑΙ"),
        ("si", "ꓢꓲ"),
        ("io", "וס"),
    ],
)
def test_a_word_of_another_alphabet_that_only_looks_like_a_forbidden_one_is_left_alone(entry, text):
    assert words(entry).scan({"text": text}).outcome == "pass"
    assert words(entry).scan({"text": f"{text} ({entry})"}).outcome == "flag"


@pytest.mark.parametrize(
    "text",
    ["сop", "соp", "ｃор", "сο𝐩", "соρ", "cоp", "с\u200bоp", "сop\u0301", "ⅽор"],
)
def test_look_alikes_among_latin_letters_or_of_several_alphabets_are_a_disguise(text):
    assert words("cop").scan({"text": f"the {text}."}).outcome == "flag"


def test_letters_that_no_language_has_together_are_a_disguise():
    # Cyrillic letters all: of Komi, Macedonian, Russian and Kurdish.
    assert disguised("раѕѕԝо")
    assert disguised("ԁор")
    assert not disguised("раса")
    assert not disguised("місто")
    assert not disguised("јасно")


@pytest.mark.parametrize("char", "а٤1aé𝐚①")
def test_a_digit_a_latin_letter_or_a_form_of_one_in_the_place_makes_a_match_count(char):
    assert disguised(fold(f"сор{char}")) is (char != "а")


@pytest.mark.parametrize("hidden", ["\u200b", "\u0301", "\u00ad"])
def test_a_forbidden_word_of_another_alphabet_is_found_with_invisible_characters_in_it(hidden):
    assert words("мороз").scan({"text": f"на дворе мо{hidden}роз."}).outcome == "flag"


def test_a_number_in_the_digits_of_another_script_is_that_number():
    text = "بطاقة ٤١١١ ١١١١ ١١١١ ١١١١"
    (found,) = STARTER.scan({"text": text}).findings
    assert (found.rule, text[found.start : found.end]) == ("payment-card", "٤١١١ ١١١١ ١١١١ ١١١١")


@given(TEXTS)
def test_every_folded_character_leads_back_to_the_character_it_came_from(text):
    folded, offsets = fold(text), Offsets(text)
    for place, char in enumerate(folded):
        start, end = offsets.span(place, place + 1)
        assert end == start + 1
        assert char in fold(text[start])
    if folded:
        start, end = offsets.span(0, len(folded))
        assert fold(text[start:end]) == folded


@pytest.mark.slow
@given(
    TEXTS,
    TEXTS,
    st.lists(st.sampled_from(["", "\u200b", "\u0301", "\ufe0f"]), min_size=len(KEY), max_size=len(KEY)),
)
def test_a_key_anywhere_in_any_text_is_found_exactly_where_it_is(before, after, hidden):
    disguised = "".join(map(str.__add__, KEY, hidden))
    text = f"{before} {disguised} {after}"
    found = [each for each in STARTER.scan({"text": text}).findings if each.rule == "aws-access-key"]
    assert [fold(text[each.start : each.end]) for each in found] == [KEY]
    assert found[0].start == len(before) + 1
