"""Where links and addresses end, whatever stands in them, and that no pattern takes longer than in proportion.

A search that tries again what it has tried is inside the engine of patterns, where nothing counts its steps: the texts
here are so long that with one of them it would go on for hours.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.markdown import render
from chat.markdown.links import inline_target, may_become_target, without_edge
from chat.markdown.rows import delimiter_row
from chat.markdown.scan import _HEADING_END
from tests.markdown_cases import stream
from tests.markdown_page import parse

MANY = 200_000

BEHIND = st.lists(st.sampled_from("a b1 & &amp; &#39; ; ? ! . , ) ( ' ~ * _ é /".split()), max_size=16)
INSIDE = st.lists(st.sampled_from([*"  \n\t<>()\"'\\ab/é\x01[]"]), max_size=14)
BLANK_LINE = re.compile(r"\n[ \t\n]*\n")
EDGE = re.compile(r"(?:[?!.,:;*_~']|&[A-Za-z0-9]+;)+\Z")


@settings(max_examples=2000, derandomize=True)
@given(BEHIND.map("".join))
def test_an_address_ends_before_marks_references_and_brackets_that_it_did_not_open(behind: str) -> None:
    address = expected = f"https://a.example/{behind}"
    while True:
        kept = EDGE.sub("", expected)
        if kept.endswith(")") and kept.count(")") > kept.count("("):
            kept = kept[:-1]
        if kept == expected:
            break
        expected = kept
    assert without_edge(address) == expected


@settings(max_examples=3000, derandomize=True)
@given(INSIDE.map("".join))
def test_whatever_becomes_a_target_may_become_one_at_every_prefix(inside: str) -> None:
    for text in (f"({inside})", f'( \n{inside} "a {inside}")', f"(<{inside}>\t'{inside}' )"):
        text = BLANK_LINE.sub("\n", text)  # which no paragraph holds
        if found := inline_target(text, 0):
            for end in range(1, found.end):
                # A backslash at the end of a text that goes on is not read before what follows it.
                assert text[:end].endswith("\\") or may_become_target(text[:end], 0)


def test_what_cannot_become_a_target_is_told_apart() -> None:
    assert may_become_target('(https://a.example/ "a title', 0)
    for text in ("(https://a.example/ b", '(a "b" c', "(<a>b", '( "a b"', "(\x01", "a"):
        assert not may_become_target(text, 0)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda text: may_become_target(text, 0), "(" + " " * MANY + "x y"),
        (lambda text: may_become_target(text, 0), "(a" + " \n" * MANY + '"b" c'),
        (without_edge, "https://a.example/" + "!" * MANY + ")." * MANY),
        (delimiter_row, "|-" + " " * MANY + "x"),
        (lambda text: _HEADING_END.sub("", text), "a" + " " * MANY + "x"),
    ],
)
def test_each_character_is_read_a_few_times(read: Callable[[str], object], text: str) -> None:
    assert len(text) > MANY
    read(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("“https://example.com”", "https://example.com"),
        ("‘https://example.com/x’ he said", "https://example.com/x"),
        ("请访问 https://example.com，谢谢", "https://example.com"),
        ("（https://example.com/y）", "https://example.com/y"),
        ("「https://example.com/a_b」です", "https://example.com/a_b"),
        ("https://example.com—see", "https://example.com"),
        ("https://example.com/z… and so on", "https://example.com/z"),
        ("https://example.com/日本語。", "https://example.com/日本語"),
    ],
)
def test_a_bare_address_ends_where_the_marks_of_any_script_begin(text: str, address: str) -> None:
    pages = stream(text, 1)
    (link,) = [node for node in parse(pages[-1]).walk() if node.tag == "a"]
    assert link.text() == address
    assert dict(link.attributes)["href"] == quote(address, safe=":/")
    assert parse(pages[-1]).text() == text


@pytest.mark.parametrize(
    "text", ["[b](http://[2001:db8::1]/x?y=[z])", "<http://me@[2001:db8::1]:80/x?y=[z]>"]
)
def test_an_address_may_be_of_the_sixth_version(text: str) -> None:
    (link,) = [node for node in parse(render(text)).walk() if node.tag == "a"]
    given = dict(link.attributes)
    assert given["title"] == "2001:db8::1"
    assert re.fullmatch(r"http://(me@)?\[2001:db8::1\](:80)?/x\?y=%5Bz%5D", given["href"] or "")


@pytest.mark.parametrize(
    "url",
    [
        "http://[2001:db8::1",
        "http://[2001:db8::g]/",
        "http://[1.2.3.4]/",
        "http://[::1]a.example/",
        "http://a.example[::1]/",
        "http://[::1%25eth0]/",
        "http://[v1.a]/",
        "http://[]/",
        "http://[:]/",
    ],
)
def test_brackets_around_no_such_address_lead_nowhere(url: str) -> None:
    assert "<a>" in render(f"[b]({url})")
