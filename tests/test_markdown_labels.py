"""The labels of a text made its own: it is drawn as before, and defines nothing for what stands beside it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.markdown import relabelled, render
from tests.markdown_page import parse

PIECES = st.sampled_from(
    [*"[]()! a1*", "[1]", "[1]", "[a b]", "[A  B]", "[]", "](", "[x][1]", "![y][a b]", "`[1]`", "``[1]` ``", "(/u)", "\n", "\n\n> ",
     "\n\n- ", "\n\n", "\n\n    ", "\n```\n", "| [1] |\n|---|\n| [a b] |\n"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join)
DEFINED = "\n\n[1]: https://one.example/ 'of [1]'\n[a b]:\n  <https://two.example/>\n\n"


@pytest.mark.slow
@settings(max_examples=1500, suppress_health_check=list(HealthCheck), derandomize=True)
@given(TEXTS, TEXTS)
def test_a_text_is_drawn_as_it_was(before: str, after: str) -> None:
    text = f"{before}{DEFINED}{after}"
    again = relabelled(text, " of it")
    assert parse(render(again)).shape() == parse(render(text)).shape()


@pytest.mark.parametrize(
    ("use", "own"),
    [
        ("[docs][1]", "[docs][1 of it]"),
        ("[1]", "[1][1 of it]"),
        ("[1][]", "[1][1 of it]"),
        ("![a chart][1]", "![a chart][1 of it]"),
        ("[a *![b](/u)* c][1]", "[a *![b](/u)* c][1 of it]"),
        ("`[1]` \\[1] [1](/u) [2] <https://c.example/[1]>", None),
        ("```\n[1]\n```", None),
    ],
)
def test_a_label_is_told_apart_where_it_is_used_and_nowhere_else(use: str, own: str | None) -> None:
    definition = "[{}]: https://one.example/"
    text = f"{use}\n\n{definition.format('1')}"
    assert relabelled(text, " of it") == f"{own or use}\n\n{definition.format('1 of it')}"


@pytest.mark.parametrize("before", ["> ", "- ", "1. > ", "   "])
def test_a_definition_may_stand_in_a_list_or_a_quotation(before: str) -> None:
    assert relabelled(f"{before}[1]: /u", " of it") == f"{before}[1 of it]: /u"


@pytest.mark.parametrize("text", ["", "[1]", "[1]: no address at all", "    [1]: /u", "```\n[1]: /u\n```"])
def test_what_defines_nothing_stays_as_it_is(text: str) -> None:
    assert relabelled(text, " of it") == text
