"""A streamed answer: the same page however it was cut, and nothing half-drawn on the way."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.markdown import Patch, Renderer, render
from tests.markdown_cases import attacks, stream, texts
from tests.markdown_page import Page, parse


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 3, 17])
def test_every_case_ends_in_the_html_of_the_whole_and_depends_on_no_cut(size: int) -> None:
    for text in texts() + attacks():
        stream(text, size, whole_prefixes=len(text) < 400 or size == 17)


@pytest.mark.slow
def test_some_cases_of_every_kind_do() -> None:
    for text in (texts() + attacks())[::23]:
        stream(text, 3, whole_prefixes=len(text) < 200)


def test_the_page_of_these_tests_can_tell_a_difference() -> None:
    page = Page()
    page.apply([Patch(0, "beforeend", "<p>a</p>")])
    page.apply([Patch(1, "beforeend", "b")])
    assert page.content.shape() == parse("<p>ab</p>").shape() != parse("<p>a</p>b").shape()
    page.apply([Patch(1, "outerHTML", "<p>c</p>"), Patch(0, "beforeend", "<hr>")])
    assert page.content.shape() == parse("<p>c</p><hr>").shape()
    for bad in ("<p>", "</p>", "<b></p>", "<!-- -->", "a < b"):
        with pytest.raises(AssertionError):
            parse(bad)
    with pytest.raises(AssertionError):
        page.apply([Patch(4, "beforeend", "x")])


PIECES = st.sampled_from(
    """a|b| | |\n|\n|\n\n|*|**|_|`|``|```\n|~~|[|]|(|)|](|](https://x.y/z|[a]: /u\n|![|<|>|> |- |1. |2) |# |## |
    &|&amp;|\\|https://a.b/c|<https://q.r>|<br>|!|"|:|- [ ] |=|===|\n---\n|    |\t|\r|\r\n|é|\xa0|\x00|/*|*/|'''|```js\n|~~~""".split(
        "|"
    )
) | st.sampled_from(["|", "| a | b |\n", "|---|:-:|\n", "|-|"])


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(PIECES, max_size=24).map("".join), st.integers(1, 5))
def test_any_text_from_the_marks_of_markdown(text: str, size: int) -> None:
    _any(text, size)


@pytest.mark.slow
@settings(max_examples=4000, suppress_health_check=list(HealthCheck))
@given(st.lists(PIECES, max_size=40).map("".join), st.integers(1, 9))
def test_very_many_texts_from_the_marks_of_markdown(text: str, size: int) -> None:
    _any(text, size)


def _any(text: str, size: int) -> None:
    stream(text, size)


@pytest.mark.parametrize("first", ["H", "é", "5", "(", "日"])
def test_the_first_character_of_an_answer_shows_at_once(first: str) -> None:
    renderer = Renderer()
    shown = renderer.feed(first) or renderer.feed(" ") or renderer.feed("x")
    assert first in shown[0].html
    if first != "5":  # a number may begin a list
        assert Renderer().feed(first)


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("Some **bold** and *soft* and ~~old~~ words.", "*~"),
        ("Run `make run` and ``a`b`` now.", "``"),
        ("See [the page](https://a.example/x(y)z 'title') there.", "[]()'"),
        ("![a cat](https://a.example/cat.png) it was.", "![]"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |\n", "|-:"),
        ("# A head #\n\ntext\n", "#"),
        ("Title\n=====\n\nOther\n---\n", "=-"),
        ("- one\n- two\n  - three\n\n1. a\n2. b\n", "-12."),
        ("> quoted\n> more\n", ">"),
        ("```python\nx = 1\n```\n", "`"),
        ("AT&amp;T &lt; x", "amp;l"),
    ],
)
def test_no_mark_flashes(text: str, never: str) -> None:
    """Characters that the finished page does not show are not shown on the way either."""
    finished = parse(render(text)).text()
    for html in stream(text, 1):
        shown = parse(html).text()
        for mark in never:
            assert shown.count(mark) <= finished.count(mark), (shown, mark)


def test_emphasis_in_a_very_long_line_is_found_wherever_it_stands() -> None:
    for before in range(430, 560, 10):
        text = "word " * before + "**" + "bold " * 60 + "end** tail"
        assert "<strong>" + "bold " * 60 + "end</strong>" in render(text)
        stream(text, 64, whole_prefixes=False)


@pytest.mark.slow
def test_a_very_long_line_is_drawn_alike_at_every_prefix() -> None:
    stream("plain words, and **some** more of them " * 30 + "words and words " * 200, 23)


@pytest.mark.parametrize("size", [7, 64])
@pytest.mark.parametrize(
    "row",
    [
        "plain " * 350 + "*end* ",  # of a cell that becomes plain text
        "words " * 400 + " \t \\| *a* \\\\|b|" + "c *d* " * 20 + "|e|f",
        " " * 1950 + "*a*   |" + " " * 1000 + "*b* `c` ",
        "a|*b*|" + "c|" * 1000,
        "*a* [b](https://a.example/) " * 60 + "c " * 200 + "|| ",
    ],
)
def test_a_very_long_row_is_drawn_alike_however_it_was_cut(row: str, size: int) -> None:
    stream(f"|a|b|c|\n|-|:-:|-|\n|{row}", size)
    stream(f"> |a|b|\n> |-|-|\n> {row}\n> |1|2|\n\nEnd", size)


def test_a_wrong_guess_costs_only_what_was_guessed() -> None:
    renderer = Renderer()
    renderer.feed("A long sentence that stands before it, and [0")
    (patch,) = renderer.feed("] more")
    assert patch == Patch(2, "outerHTML", "[0] more")


def test_a_definition_that_comes_late_draws_the_content_once_more_at_the_end() -> None:
    renderer, page = Renderer(), Page()
    page.apply(renderer.feed("See [docs].\n\nMore.\n\n[docs]: https://a.example/\n\nEnd"))
    assert "<a" not in renderer.html
    patches = renderer.finish()
    assert [(patch.depth, patch.swap) for patch in patches] == [(0, "innerHTML")]
    page.apply(patches)
    assert page.content.shape() == parse(renderer.html).shape()
    assert 'href="https://a.example/"' in renderer.html


def test_a_definition_in_time_needs_no_redraw() -> None:
    renderer = Renderer()
    renderer.feed("[docs]: https://a.example/\n\nSee [docs].\n\nEnd")
    assert [patch.swap for patch in renderer.finish()] == []
    assert 'href="https://a.example/"' in renderer.html


def test_finish_is_final() -> None:
    renderer = Renderer()
    renderer.feed("a")
    renderer.finish()
    assert renderer.finish() == []
    with pytest.raises(ValueError, match="finished"):
        renderer.feed("b")


def test_closed_units_are_never_drawn_again() -> None:
    renderer = Renderer()
    renderer.feed("- one\n- two\n\n|a|b|\n|-|-|\n|1|2|\n|3|")
    (patch,) = renderer.feed(" *4*")
    assert (patch.swap, patch.html) == ("beforeend", "<td><em>4</em></td>")
    renderer.feed("\n\n```python\nx = 1\nif y")
    (patch,) = renderer.feed(" > 2:\n")
    assert patch.swap == "outerHTML"
    assert patch.html == '<b class="k">if </b>y &gt; <b class="m">2</b>:\n'
    renderer.feed("    y = 1\n\n")
    (patch,) = renderer.feed("z")
    assert (patch.swap, patch.html) == ("beforeend", "<span>z</span>")
    renderer.feed("\n```\n\n    a\n\n")
    for patch in renderer.feed("    b"):
        assert "a" not in patch.html.replace("span", "")
