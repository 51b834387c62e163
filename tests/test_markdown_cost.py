"""An answer costs bytes and work in proportion to its length: counted, not timed."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chat.markdown import Renderer, render
from chat.markdown.paragraph import LONGEST_OPEN, SEGMENT, STEP
from chat.markdown.scan import LONGEST
from tests.material import load

pytestmark = pytest.mark.slow  # seconds together; `make check` leaves them out

PROSE = (
    "The quick brown fox jumps over the lazy dog, and it does so **quite often**, as `foxes` do.\n"
    "It was seen in *many* places, e.g. [here](https://example.com/a), and costs $5.\n\n"
)
CODE = "def f(x: int, y=None):\n    return x + 1 if y else 'abc'  # note\n"
ITEM = "- item **one** has some text with `code` in it\n"
ROW = "| row | some *text* here | 7 |\n"
KINDS = {
    "prose": ("", PROSE, 64, 6),
    "code": ("```python\n", CODE, 1000, 15),  # 2,000 lines
    "list": ("", ITEM, 500, 15),
    "table": ("| a | b | c |\n|---|---|---|\n", ROW, 500, 15),
    "one line": ("", "words **and** words, ", 800, 6),
    "one paragraph": ("", "a line with *one* mark, and so on and so on\n", 400, 6),
    "one quote": ("", "> - a line with *one* mark\n", 400, 15),
}


@contextmanager
def _work() -> Iterator[list[int]]:
    """Counts the calls of the package's functions: [number]."""
    calls = [0]

    def profile(frame: object, event: str, _: object) -> None:
        if event == "call" and "/chat/markdown/" in frame.f_code.co_filename:  # type: ignore[attr-defined]
            calls[0] += 1

    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def _stream(text: str, size: int = 8) -> int:
    """Bytes of the patches."""
    renderer = Renderer()
    sent = 0
    for start in range(0, len(text), size):
        sent += sum(len(patch.html.encode()) for patch in renderer.feed(text[start : start + size]))
    return sent + sum(len(patch.html.encode()) for patch in renderer.finish())


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_and_work_grow_with_the_length(kind: str) -> None:
    head, unit, times, most = KINDS[kind]
    render(head + unit)  # loads the lexer
    small, large = (head + unit * count for count in (times // 16, times // 4))
    with _work() as calls:
        sent = _stream(small)
    few, small_sent = calls[0], sent
    with _work() as calls:
        sent = _stream(large)
    assert sent < most * len(large)
    assert sent < 4.5 * small_sent
    assert few > 100
    assert calls[0] < 4.5 * few


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_full_lengths_do_too(kind: str) -> None:
    head, unit, times, most = KINDS[kind]
    text = head + unit * times
    assert _stream(text) < most * len(text)


def test_the_count_sees_a_quadratic_cost() -> None:
    def naive(text: str) -> None:
        for end in range(0, len(text), 8):
            render(text[:end])

    assert _ratio(naive, ITEM) > 3
    assert _ratio(_stream, ITEM) < 2.3


def _ratio(run: Callable[[str], object], unit: str) -> float:
    render(unit)
    with _work() as once:
        run(unit * 10)
    with _work() as twice:
        run(unit * 20)
    return twice[0] / once[0]


def test_text_read_again_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inline parser never gets more than the open end of a paragraph, and plain text not at all."""
    from chat.markdown import paragraph

    lengths: list[int] = []
    inner = paragraph.parse

    def counting(text: str, *arguments: object, **named: object) -> object:
        lengths.append(len(text))
        return inner(text, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(paragraph, "parse", counting)
    _stream("plain words and nothing else in them " * 30)
    assert len(lengths) < 10
    lengths.clear()
    _stream("*a `b [c " * 500)
    assert max(lengths) <= LONGEST_OPEN + STEP + 8
    lengths.clear()
    render("*a\n" * 3000)
    assert max(lengths) <= LONGEST_OPEN + 8
    lengths.clear()
    _stream("a *b* `c` d\n" * 500)
    assert max(lengths) < 100


@pytest.mark.parametrize("unit", ["x*_` ", "some plain words ", "a|b ", "a \\| b "])
def test_a_row_is_split_again_only_while_it_is_short(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from chat.markdown import table

    lengths: list[int] = []
    inner = table.split_row

    def counting(line: str) -> list[str]:
        lengths.append(len(line))
        return inner(line)

    monkeypatch.setattr(table, "split_row", counting)
    _stream("|a|\n|-|\n|" + unit * 2000)
    assert 0 < max(lengths) <= 2 * LONGEST


def test_a_redraw_is_never_longer_than_the_open_unit() -> None:
    renderer = Renderer()
    text = "see https://x.example/ " * 400
    for start in range(0, len(text), 8):
        for patch in renderer.feed(text[start : start + 8]):
            assert len(patch.html) < 8 * (SEGMENT + LONGEST_OPEN)


def test_what_is_closed_and_shown_is_kept_as_markup_only() -> None:
    """Trees of objects are ten times as large as their markup, and hundreds of answers run at once."""
    renderer = Renderer()
    renderer.feed("# a\n\n- *b*\n- c\n\n```py\nx = 1\ny")
    base = renderer._drawn.base
    assert len(base) == 2
    assert all(isinstance(node, str) for node in base)


MADE_TO_BE_SLOW = {
    "brackets": "[" * 20000,
    "quotes": ">" * 20000,
    "nested items": "- " * 5000 + "a",
    "emphasis": "*a **b " * 4000,
    "alternating": "*_" * 10000,
    "unsettled lines": "*a\n" * 8000,
    "links": "[a](<b" * 5000,
    "wide table": "|" + "a|" * 10000 + "\n|" + "-|" * 10000,
    "long row": "|a|b|\n|-|-|\n|" + "x*_`" * 5000,
    "long cell": "|a|b|\n|-|-|\n|" + "\\| \\" * 10000 + "|" + "*x " * 8000,
    "long code line": "```js\n" + '"a' * 10000,
    "urls": "https://a.b/" * 2000,
    "blank lines": "- a\n" + "\n" * 10000 + "  b",
    "definition": '[a]: /u "' + "x\n" * 8000,
    "spaces": " " * 30000 + "a" + "\t" * 20000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MADE_TO_BE_SLOW)
def test_texts_made_to_be_slow_are_bounded(name: str) -> None:
    text = MADE_TO_BE_SLOW[name]
    with _work() as calls:
        whole = render(text)
    assert calls[0] < 60 * len(text)
    with _work() as calls:
        renderer = Renderer()
        for start in range(0, len(text), 64):
            renderer.feed(text[start : start + 64])
        renderer.finish()
    assert renderer.html == whole
    assert calls[0] < 300 * len(text)


@pytest.mark.slow
def test_the_collected_pathological_texts_are_bounded() -> None:
    for case in load("3-markdown/pathological.json")["cases"]:
        text = eval(case["python"], {"__builtins__": {"range": range}})
        with _work() as calls:
            whole = render(text)
        assert calls[0] < 60 * len(text)
        if case["expect_regex"]:
            plain = re.sub(r"</?span>", "", whole)  # a very long paragraph is drawn in segments
            assert re.search(case["expect_regex"].replace("</p>\n$", "</p>$"), plain), case["id"]
        with _work() as calls:
            renderer = Renderer()
            for start in range(0, len(text), 64):
                renderer.feed(text[start : start + 64])
            renderer.finish()
        assert renderer.html == whole
        assert calls[0] < 100 * len(text)
