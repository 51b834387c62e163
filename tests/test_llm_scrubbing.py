"""A key is taken out of a provider's words however they hold it, and other words stay."""

import base64

import pytest

from chat.llm.scrubbing import scrub, scrub_all

KEY = "Team7recognisable+key/0987654321"


@pytest.mark.parametrize(
    "words",
    [
        f"wrong: {KEY}.",
        f"wrong: {KEY.upper()}",
        f"you sent {KEY[:14]}",
        f"you sent {KEY[8:20]}, cut",
        f"a line{KEY[:16]}\n{KEY[16:]}break",
        f"it ends in {KEY[-12:]}",
        f"Team7r...{KEY[-4:]} is wrong",
        f"Team7r…{KEY[-4:]} is wrong",
        f"(Team7r••••••{KEY[-4:]})",
        f"(•••••••{KEY[-4:]})",
        f"'Team7r****{KEY[-4:]}'",
        f"Team7r********* and xxxxxxxx{KEY[-4:]}",
        f"Authorization: Bearer {KEY}",
        "Authorization: Basic " + base64.b64encode(f"user:{KEY}".encode()).decode(),
        "api_key=Team7r",
        KEY * 150,
    ],
)
def test_no_part_of_a_key_is_left_that_would_be_known_for_one(words: str) -> None:
    cleaned = scrub(words, KEY)
    assert "[key]" in cleaned
    for part in (KEY[:6], KEY[8:14], KEY[-4:], "VGVhbTdy"):
        assert part.lower() not in cleaned.lower()


@pytest.mark.parametrize(
    "words",
    [
        "The model is loading... please wait",
        "basic authentication is not supported",
        "a team of 7 recognised the keyboard",
        "temperature: range: 0..1",
        "messages[0].role does not support 'system'",
        "",
    ],
)
def test_words_that_hold_no_key_stay_as_they_are(words: str) -> None:
    assert scrub(words, KEY) == words
    assert scrub(words, "-") == words


def test_a_long_text_against_a_long_key_takes_no_time_worth_naming() -> None:
    assert scrub("ab" * 2500, "ab" * 200 + "c") == "[key]"


def test_a_value_is_cleaned_in_its_depth_and_else_as_it_was() -> None:
    value = {"total_tokens": 12, "cost": 0.5, "tier": "default", "details": [{"cached": None}, True]}
    assert scrub_all(value, KEY) == value
    assert KEY not in repr(scrub_all({"a": [{KEY: f"of {KEY}"}]}, KEY))
