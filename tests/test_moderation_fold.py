"""The folded copy, and the way back from it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.moderation import compile_rules, starter_pack
from chat.moderation.fold import Offsets, fold

KEY = "AKIA" + "QE3A7VQ5LXN4TGWJ"
STARTER = compile_rules(starter_pack())
# Characters that fold to nothing, to one, and to several, mixed with plain ones.
TEXTS = st.text(
    st.one_of(st.characters(), st.sampled_from("aé\u200b\u00ad\u0301½ﬃ\U0001d400😀\ufdfa한")), max_size=40
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
    ],
)
def test_forms_are_made_plain_and_invisible_characters_dropped(text, folded):
    assert fold(text) == folded


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_folding_does_not_depend_on_where_the_text_is_cut(before, after):
    assert fold(before + after) == fold(before) + fold(after)


@given(TEXTS)
@settings(deadline=None)
def test_every_folded_character_leads_back_to_the_character_it_came_from(text):
    folded, offsets = fold(text), Offsets(text)
    for place, char in enumerate(folded):
        start, end = offsets.span(place, place + 1)
        assert end == start + 1
        assert char in fold(text[start])
    if folded:
        start, end = offsets.span(0, len(folded))
        assert fold(text[start:end]) == folded


@given(
    TEXTS,
    TEXTS,
    st.lists(st.sampled_from(["", "\u200b", "\u0301", "\ufe0f"]), min_size=len(KEY), max_size=len(KEY)),
)
@settings(deadline=None)
def test_a_key_anywhere_in_any_text_is_found_exactly_where_it_is(before, after, hidden):
    disguised = "".join(map(str.__add__, KEY, hidden))
    text = f"{before} {disguised} {after}"
    found = [each for each in STARTER.scan({"text": text}).findings if each.rule == "aws-access-key"]
    assert [fold(text[each.start : each.end]) for each in found] == [KEY]
    assert found[0].start == len(before) + 1
