"""Colours are decided line by line, from the lines so far."""

import re
from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name

from chat.markdown import Renderer, render
from chat.markdown.highlight import LANGUAGES, Highlighter, language
from chat.markdown.nodes import COLOURS
from tests.markdown_page import parse

CSS = Path(__file__).parent.parent / "static" / "css" / "highlight.css"


def _lines(name: str, code: str) -> list[str]:
    highlighter = Highlighter(name)
    return [highlighter.line(line) for line in code.split("\n")]


def test_a_string_over_lines_stays_a_string() -> None:
    first, second, third = _lines("python", 'x = """one\nif two\nthree""" + y')
    assert '<b class="s">"""one</b>' in first
    assert second == '<b class="s">if two</b>'
    assert third.startswith('<b class="s">three""" </b>')
    assert third.endswith("+ y")


@pytest.mark.parametrize("name", ["c", "js", "java", "css", "go", "rust", "sql"])
def test_a_comment_over_lines_stays_a_comment(name: str) -> None:
    first, second, third = _lines(name, "a /* one\nif two\nthree */ b")
    assert first.endswith('<b class="c">/* one</b>')
    assert second == '<b class="c">if two</b>'
    assert third.startswith('<b class="c">three */ </b>')
    assert re.fullmatch(r"(<b class=.\w.>)?b(</b>)?", third[len('<b class="c">three */ </b>') :])


def test_a_comment_mark_in_a_string_begins_no_comment() -> None:
    first, second = _lines("js", "x = '/*'\ny = 1")
    assert '"c"' not in first + second


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_every_language_keeps_the_text_and_its_lexer_exists(name: str) -> None:
    get_lexer_by_name(name)
    code = "<a b='c'>\n# x /* y */ \"z\n\tif (x) { return `1`; } -- é\n\n$x = @y; %\n'''"
    shown = [parse(line).text() for line in _lines(name, code)]
    assert shown == code.split("\n")


def test_an_unknown_language_is_plain_and_loads_nothing() -> None:
    assert _lines("brainfuck", "+ <x>") == ["+ &lt;x&gt;"]
    assert _lines("", "if x") == ["if x"]


def test_a_very_long_line_is_plain() -> None:
    assert _lines("python", "x = 1 " * 500) == ["x = 1 " * 500]


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ("python", "python"),
        ("  c++ extra", "c++"),
        ("objective-c", "objective-c"),
        ("py{1,2}", "py"),
        ('"><script>', ""),
        ("", ""),
        ("a" * 99, "a" * 31),
    ],
)
def test_an_info_string_names_a_language_or_nothing(info: str, name: str) -> None:
    assert language(info) == name


def test_a_lexer_that_fails_leaves_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    highlighter = Highlighter("python")
    assert "<b" in highlighter.line("if x")
    monkeypatch.setattr(highlighter, "stack", ["no such state"])
    assert highlighter.line("if <x>") == "if &lt;x&gt;"
    assert highlighter.line("if y") == "if y"


def test_streamed_colours_are_the_colours_of_the_whole() -> None:
    text = '```python\nx = """a\nb = 1\n""" + c\n```\n\n```js\nlet a = `x\n${y}`; /* z\n*/ 1\n```\n'
    renderer = Renderer()
    for char in text:
        renderer.feed(char)
    renderer.finish()
    assert renderer.html == render(text)


def test_the_style_sheet_knows_the_classes_in_use_and_no_colour_outside_its_variables() -> None:
    css = CSS.read_text()
    styled = set(re.findall(r"\.code \.([a-z]+)", css))
    used = set()
    for name, code in {
        "python": "@d\nclass A(B):\n  def f(self): # c\n    return 'a' + 1.5 if None else f(x)\n",
        "js": "const a = /x/g; // c\nfunction f() { return `a${b}` }",
        "css": "a.b { color: #fff !important }",
        "diff": "-a\n+b\n@@ c",
        "html": '<a href="x">&amp;</a>',
    }.items():
        for line in _lines(name, code):
            used |= set(re.findall(r'<b class="([a-z0-9]+)"', line))
    assert styled == set(COLOURS)
    assert len(used) > 6
    assert used <= styled
    body = css[css.index(".code b") :]
    assert "#" not in re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
