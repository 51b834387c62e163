"""CommonMark and GFM as their own specifications have them."""

import pytest
from markdown_it import MarkdownIt

from chat.markdown import Renderer, render
from tests.markdown_dialect import EXCEPTIONS, shape
from tests.markdown_page import parse
from tests.material import load

WITH_HTML = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
WITHOUT_HTML = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

SETS = {
    "commonmark": ("open_commonmark_0.31.2.json", 652),
    "gfm": ("open_gfm_0.29_extensions.json", 23),
    "strikethrough": ("open_markdownit_strikethrough.json", 10),
    "tables": ("open_markdownit_tables.json", 40),
}

LABELS = {
    "strikethrough": "markdown",
    "tables": "title",
}  # what tells the cases of a set apart, if not a number


def _expected(case: dict) -> str:
    """The specification's HTML; where the source contains HTML, what it is with HTML switched off."""
    source = case["markdown"]
    without = WITHOUT_HTML.render(source)
    return case["html"] if WITH_HTML.render(source) == without else without


def _same(source: str, expected: str) -> bool:
    return shape(render(source)) == shape(expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_every_case_of_a_specification_means_what_it_says(name: str) -> None:
    file, least = SETS[name]
    cases = load(f"3-markdown/{file}")["cases"]
    assert len(cases) >= least
    known = EXCEPTIONS.get(name, set())
    wrong = [case for case in cases if not _same(case["markdown"], _expected(case))]
    label = LABELS.get(name, "example")
    assert [case["markdown"] for case in wrong if case.get(label) not in known] == []
    assert {case[label] for case in wrong} == known, "a difference that is by design has gone"


def test_the_comparison_can_fail() -> None:
    assert _same("a *b*", "<p>a <em>b</em></p>")
    assert not _same("a *b*", "<p>a <strong>b</strong></p>")
    assert not _same("- a", "<ol><li>a</li></ol>")


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("- [ ] buy\n- [x] done", '<ul><li><p><span class="task">☐</span> buy</p></li>'),
        ("a<br>b", "<p>a<br>b</p>"),
        ("This ~~~not~~~ that", "<p>This ~~~not~~~ that</p>"),
        ("a ~~~~b~~~~ ~~c~~~ d~~ e", "<p>a ~~~~b~~~~ <del>c~~~ d</del> e</p>"),
        ("~5 to ~10", "<p>~5 to ~10</p>"),
        ("It costs $5 and $6.", "<p>It costs $5 and $6.</p>"),
        ("2 * 3 * 4 and snake_case_name", "<p>2 * 3 * 4 and snake_case_name</p>"),
        ("see https://a.example/b, ok", '<p>see <a href="https://a.example/b" title="a.example"'),
        ("1. a\n\n2. b", '<ol><li><p>a</p></li><li class="loose"><p>b</p></li></ol>'),
        ("\ud800 \x00", "<p>\ufffd \ufffd</p>"),
        ("a\r\nb\rc", "<p>a\nb\nc</p>"),
        ("", ""),
        (" \n\t\n", ""),
    ],
)
def test_what_the_specifications_do_not_say(source: str, html: str) -> None:
    assert render(source).startswith(html)


def test_a_table_stands_in_a_frame_that_scrolls() -> None:
    frame = parse(render("|a|b|\n|-|:-:|\n|1|2|")).elements()[0]
    assert dict(frame.attributes) == {
        "class": "table-scroll",
        "tabindex": "0",
        "role": "group",
        "aria-label": "Table",
    }
    assert [cell.attributes for cell in frame.walk() if cell.tag == "td"] == [(), (("align", "center"),)]


def test_the_text_of_a_code_block_is_the_code() -> None:
    code = "def f():\n\treturn '<b>'  # &amp;\n\n\n"
    tree = parse(render(f"```python\n{code}```\nafter"))
    (found,) = [node for node in tree.walk() if node.tag == "code"]
    assert found.text() == code
    assert dict(found.attributes) == {"class": "language-python"}
    assert any(node.tag == "button" for node in tree.walk())


@pytest.mark.slow
def test_an_unfinished_text_shows_the_words_of_itself_or_of_its_likely_end() -> None:
    strange = []
    for case in load("3-markdown/open_incomplete_remend.json")["cases"]:
        renderer = Renderer()
        renderer.feed(case["input"])
        shown = _words(renderer.html)
        either = {_words(render(case["input"])), _words(render(case["remend_output"]))}
        if shown not in either and "![" not in case["input"]:  # it hides images, we name them
            strange.append(case["input"])
    assert strange == ["`<div`"]  # until one more character comes it may be a mail address


def _words(html: str) -> str:
    tree = parse(html)
    for node in tree.walk():
        node.kids = [kid for kid in node.kids if isinstance(kid, str) or kid.tag != "figcaption"]
    return "".join(char for char in tree.text() if char.isalnum())
