"""What a reader sees of a text is the same whether it was drawn for that or not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.markdown import render
from chat.markdown.plain import _PLAIN, seen
from chat.markdown.sight import sight

WORDS = (
    "Hello", "the dog", "www.example.com", "https://a.example/b", "me@example.com", "1. ", "- ", "+ ", "---", "===", "|",
    "$x$", "(c)", "...", "--", ":smile:", "[^1]", "~", "^", "a*b*", "_a_", "`x`", "<b>", "&amp;", "\\", "#", "!", "\n",
    "\t", " ", "  ", "\x0c", "\x1c", "\x85", "\u2028", "\u3000", "\u200b", "\ufeff", "中文", "é", "😀", "\x00", "\ud800",
)  # fmt: skip


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(WORDS) | st.characters(), max_size=12).map("".join))
def test_it_is_what_is_drawn_but_for_the_lines_around_it(text: str) -> None:
    drawn = sight(render(text))
    assert seen(text) in (drawn, drawn.strip("\n"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("How long is the Nile, and who measured it?", True),
        ("Straße, œuvre, 中文 (“quoted”): 50 % of $3", True),
        ("Write to me@example.com", True),
        ("Two\nlines", False),
        ("two  blanks", False),
        ("with *signs*", False),
        ("1. a list", False),
        ("- a list", False),
        ("ends in a blank ", False),
        ("", False),
    ],
)
def test_most_questions_are_not_drawn(text: str, plain: bool) -> None:
    assert bool(_PLAIN.fullmatch(text)) == plain
