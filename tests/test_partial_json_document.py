"""A document that is written before the reader's eyes: nothing wrong is ever final, and the cuts do not matter."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.partial_json import Document, problem, render
from tests.markdown_page import parse
from tests.partial_json_reading import Read, differs, document, shown, stream, value

pytestmark = pytest.mark.slow


def each(text: str) -> list[int]:
    return list(range(1, len(text) + 1))


def follow(text: str, cuts: list[int], schema: Any = None) -> None:
    """Stream a valid document and hold every drawing of it against its value."""
    whole = json.loads(text)
    for html in stream(text, cuts, schema):
        read = document(html)
        if read is not None and schema is None:
            assert differs(read, whole) is None
    last = document(render(text, schema))
    assert last is not None
    if schema is None:
        assert last.final
        assert differs(last, whole) is None


# ---- any document
NAMES = st.sampled_from(["a", "b", "c", "d", "", "a b", "<i>", "\r\n"]) | st.text(max_size=4)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["\U0001f600", "a\r\nb", "\r", '"\\/', "\x00\x01\x7f", "<b>&amp;", "x" * 1100])
)
ROWS = st.lists(st.dictionaries(st.sampled_from("abcdef"), LEAVES, max_size=5), max_size=5)
DOCUMENTS = st.recursive(
    LEAVES | ROWS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4) | ROWS,
    max_leaves=12,
)
WAYS = st.sampled_from([{}, {"ensure_ascii": False}, {"indent": 1}, {"separators": (",", ":")}])


def _any(content: Any, way: dict[str, Any], at: list[int]) -> None:
    text = json.dumps(content, **way)
    follow(text, each(text) if len(at) > 6 and len(text) < 300 else [cut % (len(text) + 1) for cut in at])


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
@given(DOCUMENTS, WAYS, st.lists(st.integers(0, 10_000), max_size=9))
def test_any_document_in_any_pieces(content: Any, way: dict[str, Any], at: list[int]) -> None:
    _any(content, way, at)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(DOCUMENTS, WAYS, st.lists(st.integers(0, 10_000), max_size=9))
def test_very_many_documents_in_any_pieces(content: Any, way: dict[str, Any], at: list[int]) -> None:
    _any(content, way, at)


MARKS = st.sampled_from(
    ["{", "}", "[", "]", ":", ",", '"', "\\", "\\u", "d83d", "\\ude00", "1", "-", ".", "e", "0", "tru", "e", "null", "a", " ", "\n",
     "\x00", "\x1f", "\ud800", '"a":', '{"a":', '[{"a":1},{', "<b>", "&", "\r"]
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(MARKS, max_size=24).map("".join), st.integers(1, 5))
def test_any_text_from_the_marks_of_json(text: str, size: int) -> None:
    stream(text, list(range(size, len(text), size)))


SCHEMAS: list[Any] = [
    {"items": {"properties": {"b": {"title": "B & co"}, "a": {}, "c": {"description": 'x" onclick="y'}}}},
    {
        "properties": {"a": {"items": {"$ref": "#/$defs/r"}}},
        "$defs": {"r": {"properties": {"c": {}, "b": {}}}},
    },
    {"$ref": "#"},
    {"properties": 5, "items": "x", "title": 7, "allOf": {}, "$ref": "#/nowhere"},
]


@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=list(HealthCheck), derandomize=True)
@given(ROWS | st.fixed_dictionaries({"a": ROWS}), st.sampled_from(SCHEMAS), st.integers(1, 7))
def test_a_schema_changes_no_rule(content: Any, schema: Any, size: int) -> None:
    text = json.dumps(content)
    follow(text, list(range(size, len(text), size)), schema)


def test_the_reading_of_these_tests_can_tell_a_difference() -> None:
    read = document(render('{"a":[1,{"b":"x"}],"c":2}'))
    assert read == Read(
        "o",
        {
            "a": Read("a", [Read("n", 1, True), Read("o", {"b": Read("s", "x", True)}, True)], True),
            "c": Read("n", 2, True),
        },
        True,
    )
    for other in (
        {"a": [1, {"b": "y"}], "c": 2},
        {"a": [1, {"b": "x"}], "c": 2.5},
        {"a": [1], "c": 2},
        {"a": 1},
    ):
        assert differs(read, other)
    assert differs(Read("n", 28, True), 28.5)
    assert not differs(Read("n", "28", False), 28.5)
    assert differs(Read("s", "ab", False), "b")


# ---- what is open
def opened(text: str) -> Read | None:
    return document(render(text, ended=False))


def test_a_number_is_not_final_before_something_follows_it() -> None:
    for text in ("28", "28.", "28.5", "28.5e", "28.5e1", "[28", '{"a":28'):
        read = opened(text)
        assert read
        assert not read.final
        assert "28" in render(text, ended=False)
    read = opened("[28,")
    assert read
    assert read.value == [Read("n", 28, True)]
    ended = document(render("28"))
    assert ended
    assert ended.final


@pytest.mark.parametrize("text", ["t", "tru", "f", "fals", "n", "nul", "[t", '{"a":nul'])
def test_a_word_that_has_begun_is_not_shown(text: str) -> None:
    assert not set(re.sub("<[^>]*>", "", render(text, ended=False))) - set("a")


def test_a_name_that_is_being_written_is_not_shown() -> None:
    assert "na" not in render('{"na', ended=False)
    assert "name" not in render('{"name"', ended=False)
    assert "<dt>name</dt>" in render('{"name":', ended=False)


@pytest.mark.parametrize("whole", ['"a\\n\\u00e9\\ud83d\\ude00\\\\b"', '["\\"\\/\\b\\f\\t"]'])
def test_half_an_escape_is_not_shown(whole: str) -> None:
    text = json.loads(whole)
    text = shown(text if isinstance(text, str) else text[0])
    for end in range(1, len(whole)):
        html = render(whole[:end], ended=False)
        assert "\ufffd" not in html
        assert text.startswith(parse(html).text())


def test_a_list_is_not_final_while_it_may_go_on() -> None:
    for text in ('["a"', '["a",', "[[1]", '[{"a":1}', '{"a":[]', '{"a":{}'):
        read = opened(text)
        assert read
        assert not read.final
    read = opened('{"a":["b"]')
    assert read
    assert read.value["a"].final


@pytest.mark.slow
def test_exactly_one_place_of_a_growing_document_is_open() -> None:
    text = json.dumps(
        {"a": [1, "b", {"c": [{"d": 1, "e": 2}, {"e": 1, "d": [2]}, 3, {"f": 1}]}], "g": "x" * 2500}
    )
    for end in range(1, len(text)):
        assert render(text[:end], ended=False).count("data-open") == 1, text[:end]
    assert "data-open" not in render(text)
    assert render(text[:-1]).count("data-open") == 1


def test_a_long_text_is_not_drawn_again_when_it_ends() -> None:
    doc = Document()
    doc.feed('{"a":"' + "x" * 5500)
    (added,) = doc.feed("y")
    assert (added.swap, added.html) == ("beforeend", "y")
    sent = sum(len(patch.html) for patch in doc.feed('"'))
    assert sent < 600
    assert doc.feed("}")
    assert f'<dd class="s">{"x" * 5500}y</dd>' in doc.html


# ---- how it looks
def test_an_object_is_rows_of_label_and_value() -> None:
    assert render('{"a":"x","b":null,"c":true}').startswith(
        '<div class="json o"><dl><div><dt>a</dt><dd class="s">x</dd></div><div><dt>b</dt><dd class="z">null</dd></div>'
        '<div><dt>c</dt><dd class="b">true</dd></div></dl></div>'
    )


def table(text: str, schema: Any = None, ended: bool = True) -> tuple[list[str], list[list[str]]]:
    """Heads, and rows of cells: what stands in one cell across the table is a row of one."""
    tree = parse(render(text, schema, ended=ended))
    heads = [node.text() for node in tree.walk() if node.tag == "th"]
    rows = [[cell.text() for cell in node.elements()] for node in tree.walk() if node.tag == "tr"]
    return heads, [row for row in rows if row and row != heads]


def test_a_list_of_objects_is_a_table_that_gains_rows() -> None:
    assert table('[{"a":1,"b":2},{"a":3,"b":4}]') == (["a", "b"], [["1", "2"], ["3", "4"]])
    assert table('[{"a":1,"b":2},{"a":3', ended=False) == (["a", "b"], [["1", "2"], ["3"]])
    doc = Document()
    doc.feed('[{"a":1,"b":2},{"a":3')
    (_, patch) = doc.feed(',"b":4}')
    assert (patch.swap, patch.html) == ("outerHTML", '<td class="n">3</td><td class="n">4</td>')


def test_columns_are_in_the_order_of_the_schema() -> None:
    schema = {"items": {"properties": {"b": {"title": "Second"}, "a": {}}}}
    assert table('[{"a":1,"b":2}', schema, ended=False) == (["Second", "a"], [["2", "1"]])
    assert table('[{"b":', schema, ended=False) == (["Second", "a"], [[""]])


def test_a_column_that_appears_late_stands_behind_the_others() -> None:
    text = '[{"a":1},{"a":2,"z":3},{"z":4}]'
    assert table(text) == (["a", "z"], [["1"], ["2", "3"], ["", "4"]])
    follow(text, each(text))


def test_many_late_columns_wait_for_a_larger_table_or_its_end() -> None:
    text = '[{"a":1},{"b":1},{"c":1},{"d":1}'
    assert table(text, ended=False)[0] == ["a", "b", "c"]
    assert table(text + "]")[0] == ["a", "b", "c", "d"]
    follow(text + "]", each(text))
    lines = [{"a": number, **({f"z{number}": number} if number < 12 else {})} for number in range(60)]
    heads, rows = table(json.dumps(lines))
    assert heads == ["a", *(f"z{number}" for number in range(12))]
    assert rows[5] == ["5", "", "5"]
    doc = Document()
    redraws = [patch for char in json.dumps(lines) for patch in doc.feed(char) if "<thead>" in patch.html]
    assert 3 < len(redraws) < 10


def test_more_columns_than_can_be_read_are_rows_of_label_and_value() -> None:
    text = json.dumps([{f"c{number}": number for number in range(30)}, {"c0": 1, "c19": 2}])
    heads, rows = table(text)
    assert len(heads) == 20
    assert rows[1][0] == "1"
    assert len(rows[0]) == 1
    follow(text, list(range(5, len(text), 5)))


def test_a_list_of_many_kinds_keeps_them_in_their_order() -> None:
    for text in ('[{"a":1,"b":2},7,[1],{},"x",null,{"b":3}]', '[1,{"a":[{"b":{}}]},[{"c":1}]]', "[{},{},[]]"):
        follow(text, each(text))


def test_a_field_that_is_there_twice_says_which_one_counts() -> None:
    for text in ('{"a":1,"b":2,"a":3}', '[{"a":1,"b":2},{"a":1,"b":2,"a":3}]'):
        for html in stream(text, each(text)):
            assert ("again: this one counts" in html) == (
                html.count(">a<") > text.count("[{") + 1 or "<em>" in html
            )
        read = document(render(text))
        assert read
        whole = read.value if isinstance(read.value, dict) else read.value[1].value
        assert whole["a"] == Read("n", 3, True)


def test_empty_things_say_so() -> None:
    assert 'class="e">no fields<' in render('{"a":{}}')
    assert 'class="e">empty list<' in render('{"a":[]}')
    assert '<dd class="s"></dd>' in render('{"a":""}')  # the style sheet's words


def test_titles_are_labels_and_descriptions_tooltips() -> None:
    schema = {
        "properties": {
            "total": {"title": "Total <€>", "description": 'With "tax"\n& all'},
            "lines": {"title": "Lines", "items": {"$ref": "#/$defs/line"}},
            "who": {"anyOf": [{"$ref": "#/$defs/who"}, {"type": "null"}]},
        },
        "$defs": {
            "line": {"properties": {"p": {"title": "Price"}}},
            "who": {"properties": {"n": {"title": "Name"}}},
        },
    }
    html = render('{"total":1,"lines":[{"p":2}],"who":{"n":"x"}}', schema)
    assert '<dt title="With &quot;tax&quot;\n&amp; all">Total &lt;€&gt;</dt>' in html
    assert '<th scope="col">Price</th>' in html
    assert 'aria-label="Lines"' in html
    assert "<dt>Name</dt>" in html


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("number", True), ("integer", True), (["integer", "null"], True), ("string", False), ("null", False),
        (["number", "string"], False), ([], False), ([{"type": "number"}], False), (7, False),
    ],
)  # fmt: skip
def test_the_head_of_a_column_of_numbers_stands_over_them(kind: Any, number: bool) -> None:
    html = render('[{"p":2}]', {"items": {"properties": {"p": {"type": kind}}}})
    assert ('<th scope="col" class="n">p</th>' in html) is number


def test_what_cannot_be_seen_is_shown_as_a_sign() -> None:
    assert "a\n␀␛b\ufffd" in render('"a\\r\\n\\u0000\\u001bb\ud800"')


@pytest.mark.parametrize(
    "attack", ['<img src=x onerror="alert(1)">', '" onclick="x', "</dd><script>x</script>", "&lt;b>", "'"]
)
def test_nothing_in_it_becomes_markup(attack: str) -> None:
    schema = {
        "title": attack, "description": attack,
        "properties": {attack: {"title": attack, "description": attack, "items": {"properties": {attack: {"description": attack}}}}},
    }  # fmt: skip
    text = json.dumps({attack: [{attack: attack}], "x": attack, "y": [attack], "z": [{"q": attack}]})
    for used in (None, schema):
        for drawn in (*stream(text, each(text), used), render(attack), render(text[:-3] + attack)):
            for node in parse(drawn).walk():
                assert node.tag in "# div dl dt dd ul li table thead tbody tr th td span p em i".split()
                allowed = {
                    "class",
                    "data-open",
                    "title",
                    "colspan",
                    "scope",
                    "tabindex",
                    "role",
                    "aria-label",
                }
                assert {name for name, _ in node.attributes} <= allowed
                assert dict(node.attributes).get("class") in {
                    None, "across o", "json s", "json o", "json", "s", "o", "a", "n", "e", "z", "b", "table-scroll", "broken", "rest", "visually-hidden"
                }  # fmt: skip


# ---- how it ends
def test_the_end_is_told_once_and_only_at_the_end() -> None:
    for text, state, words in (
        ('{"a":1}', "complete", "End of the document."),
        ('{"a":1', "incomplete", "It breaks off here."),
        ("", "incomplete", "It breaks off here."),
        ('{"a":1}x', "malformed", "From here on it is not JSON:"),
    ):
        doc = Document()
        doc.feed(text)
        assert doc.state == ("malformed" if state == "malformed" else "growing")
        patches = doc.finish()
        assert doc.state == state
        assert words in parse(doc.html).text()
        assert not doc.finish()
        assert bool(patches) == (state != "malformed")
        with pytest.raises(ValueError, match="finished"):
            doc.feed("x")


def test_what_follows_a_fault_is_shown_as_it_is() -> None:
    for text, rest in (
        ("Sure! Here it is:\r\n{}", "Sure! Here it is:\n{}"),
        ("```json\n{}\n```", "```json\n{}\n```"),
        ('{"a":1}\n```', "```"),
        ('{"a":trux, "b":2}', 'trux, "b":2}'),
        ('{"a\\x":1}', '"a\\x":1}'),
        ('["a\\ud83dz"]', '\\ud83dz"]'),
    ):
        for html in (stream(text, each(text))[-1], stream(text, [])[-1]):
            (found,) = (node for node in parse(html).walk() if ("class", "rest") in node.attributes)
            assert found.text() == rest


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 33, "it is more than 32 levels deep"),
        ("[" + "1," * 50_000 + "1]", "it has more than 50,000 values"),
        ('{"' + "a" * 1001 + '":1}', "a name has more than 1,000 characters"),
        ("[" + "1" * 401 + "]", "a number has more than 400 characters"),
        ("[1e999]", "the number is too large"),
        ("1e999", "the number is too large"),
    ],
)
def test_what_is_too_much_is_said_and_not_called_wrong(text: str, sentence: str) -> None:
    found = str(problem(text))
    assert found.startswith("This is more than can be read here: in line 1, column ")
    assert found.endswith(f"{sentence}.")
    assert "From here on it is too much to be drawn:" in render(text)
    if len(text) < 2000:
        stream(text, each(text))


@pytest.mark.slow
def test_the_most_that_is_read_is_drawn() -> None:
    for text in (
        "[" * 32 + "]" * 32,
        "[" + "1," * 49_998 + "1]",
        '{"' + "a" * 1000 + '":1}',
        "[" + "1" * 400 + "]",
        "[1e308]",
    ):
        assert problem(text) is None
        assert "broken" not in render(text)


@pytest.mark.slow
def test_the_most_that_is_nested_is_drawn() -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")):
        deep = 32 // (2 if closing == "}]" else 1)
        text = opening * (deep - 1) + "[1]" + closing * (deep - 1)
        follow(text, list(range(1, len(text), 3)))
        assert value(parse(render(text)).elements()[0]).final
