"""The strict end: what is no JSON, what does not fit its schema, and which schemas can be used at all."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chat.partial_json import NotJSON, problem, schema_problem, value_of
from chat.partial_json.cost import Count, too_costly
from chat.partial_json.labels import Label

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no document: the text is empty."),
        ("[1,\n 2,]", "This is not valid JSON: in line 2, column 4, a value has to stand here, not “]”."),
        ('{"a" 1}', "This is not valid JSON: in line 1, column 6, a colon has to stand here, not “1”."),
        ('{"a":1 "b"', 'This is not valid JSON: in line 1, column 8, a comma or } has to stand here, not a quotation mark (").'),
        ("{a:1}", "This is not valid JSON: in line 1, column 2, a name in double quotes has to stand here, not “a”."),
        ("{}\n```", "This is not valid JSON: in line 2, column 1, after the end of the document comes a backquote (`)."),
        ("[truth]", "This is not valid JSON: in line 1, column 5, of words there are only true, false and null."),
        ('["\\x"]', "This is not valid JSON: in line 1, column 4, there is no escape \\x."),
        ('["\\ud800"]', "This is not valid JSON: in line 1, column 9, one half of a character is there without the other."),
        ('["\n"]', "This is not valid JSON: in line 1, column 3, a line break has to be written as an escape inside of text."),
        ('["\x01"]', "This is not valid JSON: in line 1, column 3, the character U+0001 has to be written as an escape inside of text."),
        ("1e999", "This is more than can be read here: in line 1, column 6, the number is too large."),
        ('{"items":[{"name":"x', "The document breaks off in line 1, column 21, in `items[0].name`."),
        ('[1,[],{"a":', "The document breaks off in line 1, column 12, in `[2].a`."),
        ('[1,[2,3],', "The document breaks off in line 1, column 10, after `[1]`."),
        ('{"a":1,\n "b', "The document breaks off in line 2, column 4, after `a`."),
        ('{"odd name":{"', "The document breaks off in line 1, column 15, in `[“odd name”]`."),
    ],
)  # fmt: skip
def test_what_is_no_document_is_told_with_its_place(text: str, sentence: str) -> None:
    assert problem(text) == sentence
    with pytest.raises(NotJSON) as caught:
        value_of(text)
    assert caught.value.cut_off == sentence.startswith(("The document breaks off", "There is no"))


def test_a_whole_document_is_its_value() -> None:
    assert value_of(' {"a":[1,2.5,"\\u00e9\\ud83d\\ude00",true,null,{}],"a2":' + "9" * 400 + "}\n") == {
        "a": [1, 2.5, "é😀", True, None, {}],
        "a2": int("9" * 400),
    }
    assert value_of('{"a":1,"a":2}') == {"a": 2}
    assert value_of('["\ud800"]') == ["\ufffd"]
    assert problem("12") is None


FITS = [
    ({"required": ["total"]}, {}, "`total` is missing."),
    ({"properties": {"items": {"items": {"properties": {"price": {"type": "number"}}}}}},
     {"items": [{}, {}, {"price": "3"}]}, "`items[2].price` is a text, it has to be a number."),
    ({"type": ["integer", "null"]}, "x", "the document is a text, it has to be a whole number or null."),
    ({"type": "integer"}, 2.5, "the document is 2.5, it has to be a whole number."),
    ({"properties": {"a": {"type": "string"}}}, {"a": True}, "`a` is true, it has to be a text."),
    ({"enum": ["kg", "lb"]}, "t", "the document is “t”, it has to be “kg” or “lb”."),
    ({"enum": list(range(20))}, -1, "the document is -1, it has to be 0, 1, 2, 3, 4, 5, 6 or …."),
    ({"const": {"a": 1}}, 2, "the document is 2, it has to be an object."),
    ({"additionalProperties": False, "properties": {"a": {}}}, {"a": 1, "b": 2}, "`b` is a field that the schema does not have."),
    ({"items": {"minimum": 3}}, [5, 1], "`[1]` is 1, it has to be at least 3."),
    ({"exclusiveMaximum": 3}, 3, "the document is 3, it has to be less than 3."),
    ({"multipleOf": 5}, 7, "the document is 7, it has to be a multiple of 5."),
    ({"minLength": 2}, "a", "the document has 1 character, it has to have at least 2."),
    ({"maxItems": 1}, [1, 2], "the document has 2 items, it has to have at most 1."),
    ({"pattern": "^[a-z]+$"}, "A", "the document is “A”, which has not the form ^[a-z]+$."),
    ({"format": "date"}, "31.1.", "the document is “31.1.”, which is no date (2026-01-31)."),
    ({"uniqueItems": True}, [1, 1], "the document has the same item twice."),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "the document has a field of a name that the schema does not allow: “ab”."),
    ({"not": {"type": "null"}}, None, "the document is nothing that the schema allows here."),
    ({"if": {"type": "integer"}, "then": {"minimum": 3}}, 1, "the document is 1, it has to be at least 3."),
    ({"properties": {"a": {"anyOf": [{"type": "object", "required": ["q"]}, {"type": "null"}]}}}, {"a": {}}, "`a.q` is missing."),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "the document fits none of the forms that the schema allows here."),
    ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, 3, "the document does not fit exactly one of the forms that the schema allows here."),
    ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "array"}}}, {}, "the document is an object, it has to be a list."),
    ({"maxLength": 3}, "y" * 9000, "the document has 9000 characters, it has to have at most 3."),
    ({"enum": ["a"]}, "y" * 9000, f"the document is “{'y' * 60}…”, it has to be “a”."),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "sentence"), FITS)
def test_what_does_not_fit_is_one_sentence(schema: dict[str, Any], value: Any, sentence: str) -> None:
    assert schema_problem(schema) is None
    assert problem(json.dumps(value), schema) == sentence


def test_what_fits_has_no_problem() -> None:
    schema = {
        "type": "object", "required": ["a"], "additionalProperties": False,
        "properties": {"a": {"items": {"$ref": "#/$defs/n"}}, "next": {"$ref": "#"}}, "$defs": {"n": {"type": "number"}},
    }  # fmt: skip
    assert schema_problem(schema) is None
    assert problem('{"a":[1,2.5],"next":{"a":[]}}', schema) is None
    assert (
        problem('{"a":[1,2.5],"next":{"a":[null]}}', schema) == "`next.a[0]` is null, it has to be a number."
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (5, "A schema is a JSON object"),
        ([], "A schema is a JSON object"),
        ({"$ref": "https://example.com/x"}, "The schema refers to “https://example.com/x”, and nothing is fetched"),
        ({"properties": {"a": {"items": {"$ref": "other.json#/x"}}}}, "`properties.a.items` refers to “other.json#/x”"),
        ({"$ref": "file:///etc/passwd"}, "nothing is fetched from elsewhere: put it under $defs"),
        ({"$ref": "#"}, "refers to itself without end"),
        ({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}, "refers to itself without end"),
        ({"$ref": "#/$defs/none"}, "refers to what is not there"),
        ({"type": "strin"}, "This is not a valid schema: `type` is “strin”, it has to be “array”"),
        ({"required": "a"}, "`required` is a text, it has to be a list"),
        ({"properties": {"a": {"pattern": "(?=x)y"}}}, "`properties.a.pattern` is a pattern that cannot be used"),
        ({"pattern": "(a)\\1"}, "is a pattern that cannot be used"),
        ({"pattern": "(.{1000}){1000}"}, "is a pattern that cannot be used"),
        ({"$schema": "https://example.com/mine"}, "refers to what is not there"),
        ({"description": "x" * 100_001}, "100,000 are the most"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_says_why(schema: Any, words: str) -> None:
    found = schema_problem(schema)
    assert found
    assert words in found
    assert found.endswith(("…}}.", "."))
    assert "\n" not in found


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"properties": {"$ref": {"type": "string"}}},
        {"properties": {"next": {"$ref": "#"}}},
        {"enum": [{"$ref": "https://example.com/x"}], "default": {"$ref": "x"}},
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": {"a": {}},
            "$ref": "#/definitions/a",
        },
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "prefixItems": [{}], "items": False},
    ],
)
def test_a_schema_that_can_be_used_is_left_alone(schema: Any) -> None:
    assert schema_problem(schema) is None


def test_a_schema_nested_too_deep_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(40):
        schema = {"properties": {"a": schema}}
    assert schema_problem(schema) == "The schema is more than 64 levels deep."


def test_nothing_is_ever_fetched() -> None:
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            remote = f"http://127.0.0.1:{server.server_port}/schema.json"
            for schema in (
                {"$ref": remote},
                {"$id": remote, "$ref": "other.json"},
                {"$schema": remote},
                {"properties": {"a": {"$dynamicRef": remote}}},
                {"$id": remote, "properties": {"a": {"$ref": "#/$defs/x"}}},
            ):
                assert schema_problem(schema)
                assert str(problem('{"a":1}', schema)).startswith(
                    "It could not be checked against its schema. "
                )
        finally:
            server.shutdown()
            thread.join()
    assert asked == []


def test_a_pattern_runs_in_linear_time() -> None:
    schema = {"pattern": "^(a+)+$"}
    assert schema_problem(schema) is None
    assert "has not the form" in str(problem(json.dumps("a" * 50_000 + "!"), schema))


def test_a_schema_that_branches_into_itself_is_counted_before_it_is_tried() -> None:
    both = {"properties": {"c": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}}
    assert schema_problem(both) is None
    deep = '{"c":' * 31 + "1" + "}" * 31
    assert "would take too long" in str(problem(deep, both))
    assert problem('{"c":{"c":1}}', both) is None
    flat: dict[str, Any] = {"d30": {"type": "string"}}
    flat |= {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(30)}
    assert "would take too long" in str(problem('"a"', {"$defs": flat, "$ref": "#/$defs/d0"}))


BRANCHING = {"properties": {"c": {"allOf": [{"$ref": "HERE"}, {"$ref": "HERE"}]}}}
WAYS = {
    "an anchor": ({"$anchor": "n"}, "#n"),
    "a dynamic one": ({"$dynamicAnchor": "n"}, "#n"),
    "a place in a list": ({}, "#/anyOf/0"),
    "percent-encoded": ({}, "#/%24defs/n"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_refer_to_a_place_is_counted(way: str) -> None:
    fields, reference = WAYS[way]
    here = fields | json.loads(json.dumps(BRANCHING).replace("HERE", reference))
    schema = {"anyOf": [here]} if "list" in way else {"$defs": {"n": here}, "$ref": "#/$defs/n"}
    assert schema_problem(schema) is None
    assert problem('{"c":{"c":1}}', schema) is None
    assert "would take too long" in str(problem('{"c":' * 31 + "1" + "}" * 31, schema))


def test_a_schema_within_a_schema_that_renames_what_references_mean_is_refused() -> None:
    inner = {"$id": "https://example.com/inner", "$defs": {"n": {}}, "$ref": "#/$defs/n"}
    assert "has an $id of its own" in str(schema_problem({"properties": {"a": inner}}))
    assert (
        schema_problem({"$id": "https://example.com/whole", "properties": {"$id": {"type": "string"}}})
        is None
    )


def test_titles_and_columns_are_found_by_a_place_in_a_list() -> None:
    row = {"properties": {"b": {"title": "Second"}, "a": {"title": "First"}}}
    label = Label({"items": {"$ref": "#/$defs/x/anyOf/0"}, "$defs": {"x": {"anyOf": [row]}}}).item()
    assert (label.names, label.field("a").title) == (["b", "a"], "First")


def test_counting_is_linear_and_lets_ordinary_schemas_pass() -> None:
    tree = {
        "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}, "v": {"anyOf": [{}, {"type": "null"}]}}
    }
    value: Any = {"v": 1}
    for _ in range(12):
        value = {"left": value, "right": json.loads(json.dumps(value)), "v": 2}
    assert not too_costly(tree, value)
    assert Count(tree).steps(tree, value) < 10 * json.dumps(value).count("{")
    assert problem(json.dumps(value), tree) is None
