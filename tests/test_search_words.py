"""Words: what a query asks for, where a text has it, and the line that is shown of it."""

import json

import pytest

from chat import markdown
from chat.models import Role, bodies
from chat.search.excerpts import LENGTH, excerpt, said
from chat.search.words import MOST, Part, fold, marked, occur, words

HOSTILE = [
    "%", "_", "100%", "a_b", "'", '"', "''", "\\", "\\n", "\\u00e9", "(", ".*", "[a-z]+", "a{2}", "^$", "?", "*", "NULL", "' OR 1=1 --",
    "<script>", "&amp;", "مرحبا", "שלום", "👩‍👩‍👧‍👦", "🇫🇷", "e\u0301", "\u202eabc", "\x00", "\ud800", "ß", "ﬁ", "İ", "x" * 10_000, "%" * 10_000,
]  # fmt: skip


def text(parts: list[Part]) -> str:
    """As a page has it, the words in brackets."""
    return "".join(f"[{part.text}]" if part.marked else part.text for part in parts)


def test_a_query_is_its_words_and_what_stands_in_quotation_marks() -> None:
    for query, found in (
        ("canal  Lock", ["canal", "lock"]),
        ('the "canal lock" the', ["the", "canal lock"]),
        ('"', ['"']),
        ('a "b', ["a", '"b']),
        ("Straße ÉCOLE ﬁn", ["strasse", "ecole", "fin"]),
        ("\u0301 \u202e", []),
        ("  ", []),
    ):
        assert words(query) == found, query
    assert len(words(" ".join(f"w{n}" for n in range(100)))) == 12
    assert words("x" * 10_000) == ["x" * MOST]


@pytest.mark.parametrize(
    ("query", "said_"),
    [
        ("ÜBER", "Ein Weg über den Fluss"),
        ("uber", "Ein Weg u\u0308ber den Fluss"),
        ("ΣΟΦΌΣ", "ο σοφός"),
        ("мир", "МИР"),
        ("STRASSE", "Die Straße"),
        ("straße", "DIE STRASSE"),
        ("office", "the o\ufb03ce"),
        ("ＡＢＣ", "abc"),
        ("한국", "한국어"),
        ("水", "水はどこから"),
        ("ガ", "か\u3099ではなくカ\u3099"),
        ("سلام", "سَلَامٌ"),
        ("שלום", "שָׁלוֹם"),
        ("❤", "I ❤️ it"),
        ("soft", "so\u00adft"),
        ("lock gate", "a gate, then the LOCK"),
        ('"lock gate"', "the lock\n  gate"),
        ("...", "wait…"),
    ],
)
def test_case_accents_and_width_make_no_difference(query: str, said_: str) -> None:
    assert occur(said_, words(query))
    assert any(part.marked for part in marked(" ".join(said_.split()), words(query)))


@pytest.mark.parametrize(
    ("query", "said_"),
    [("한", "하나"), ("cat", "dog"), ("lock gate", "the lock"), ('"lock gate"', "gate lock"), ("ガ", "カ")],
)
def test_other_words_are_not_found(query: str, said_: str) -> None:
    assert not occur(said_, words(query))


def test_what_is_marked_is_the_text_itself() -> None:
    for query, said_, shown in (
        ("CANAL", "The canal, a Canal.", "The [canal], a [Canal]."),
        ("ab bc", "abc", "[abc]"),
        ("cafe", "Cafe\u0301s", "[Café]s"),
        ("strasse", "Die Straße hier", "Die [Straße] hier"),
        ("f", "o\ufb03ce", "o[\ufb03]ce"),
        ("<b>", "a <B> c", "a [<B>] c"),
        ("שלום", "אמר שָׁלוֹם לו", "אמר [שָׁלוֹם] לו"),
    ):
        assert text(marked(said_, words(query))) == shown
        assert "".join(part.text for part in marked(said_, words(query))) == text(marked(said_, []))


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: ascii(query)[:20])
def test_a_hostile_query_is_only_a_text(query: str) -> None:
    wanted = words(bodies.clean(query))
    for said_ in ("Nothing of that is here.", f"It is {bodies.clean(query)[:MOST]} itself."):
        found = occur(said_, wanted)
        assert found == all(word in " ".join(fold(said_).split()) for word in wanted)
        line = excerpt(said_, Role.USER, False, wanted)
        assert sum(len(part.text) for part in line) <= LENGTH + 2
    if wanted and len(query) < MOST:
        assert occur(f"It is {bodies.clean(query)} itself.", wanted)
        assert not occur("", wanted)


class TestTheText:
    def test_of_a_message_is_its_text_and_its_refusal_and_never_jsons_own(self) -> None:
        body = bodies.compose('He said "no"\nand C:\\dir', reasoning="secret thoughts", refusal="I cannot.",
                              tool_calls=[{"id": "c1", "name": "weather", "arguments": "{}"}])  # fmt: skip
        found = said(body, Role.ASSISTANT, False)
        assert found == 'He said "no"\nand C:\\dir\n\nI cannot.'
        for nothing in ("tool_calls", "reasoning", "text", "\\n", '\\"', "secret", "weather", "nand"):
            assert not occur(found, words(nothing)), nothing
            assert nothing in fold(body), "it is in what is stored, so it could have been found"

    def test_of_a_document_is_its_names_and_values(self) -> None:
        value = {"title": "Lock \u00e9cluse", "items": [{"depth": 2.50}, {"depth": None}], "ok": True}
        found = said(bodies.compose(json.dumps(value)), Role.ASSISTANT, True)
        assert found == "title: Lock écluse\nitems\ndepth: 2.5\nitems\ndepth: null\nok: true"
        assert said(bodies.compose('{"a": '), Role.ASSISTANT, True) == '{"a": '
        deep = "[" * 100_000
        assert said(bodies.compose(deep), Role.ASSISTANT, True) == deep
        assert said(bodies.compose('{"a": 1}'), Role.USER, True) == '{"a": 1}'


class TestALine:
    def line(self, said_: str, query: str, role: str = Role.ASSISTANT) -> str:
        return text(excerpt(said_, role, False, words(query)))

    def test_has_no_signs_of_markdown_and_a_question_keeps_its_own(self) -> None:
        answer = "# The **canal** `lock`\n\n- one [gate](https://example.org/x)\n- two"
        assert self.line(answer, "lock") == "The canal [lock] one gate two"
        assert self.line("**canal** lock", "lock", Role.USER) == "**canal** [lock]"
        assert (
            self.line(answer, "example.org")
            == "# The **canal** `lock` - one [gate](https://[example.org]/x) - two"
        )
        assert self.line("```python\nprint(1 < 2)\n```", "print") == "[print](1 < 2)"

    def test_is_short_and_shows_the_place_where_most_words_are_together(self) -> None:
        said_ = f"gate {'word ' * 300}the lock and its gate {'word ' * 300}"
        found = self.line(said_, "gate lock")
        assert "the [lock] and its [gate]" in found
        assert found.startswith("…")
        assert found.endswith("…")
        assert len(found) < LENGTH + 20

    def test_finds_its_place_in_a_long_text_whose_letters_fold_to_several(self) -> None:
        said_ = f"{'ﬃ… ' * 3000}needle {'ß ' * 3000}"
        assert "[needle]" in self.line(said_, "NEEDLE", Role.USER)
        assert "[needle]" in self.line(said_, "NEEDLE")

    def test_parts_no_sign_from_what_belongs_to_it(self) -> None:
        family = "👩‍👩‍👧‍👦"
        for shift in range(12):
            found = self.line(f"{'x' * shift}{family * 60}needle{family * 60}", "needle", Role.USER)
            plain = found.strip("…").replace("[", "").replace("]", "")
            assert plain.lstrip("x").replace(family, "") in {"needle", ""}, ascii(plain)

    def test_of_a_message_that_cannot_be_drawn_to_an_end_is_there_all_the_same(self) -> None:
        assert "[needle]" in self.line("**" * 5000 + "needle" + "`" * 5000, "needle")


def test_plain_is_the_text_that_is_drawn() -> None:
    for written, read in (
        ("Some *te*xt &amp; more", "Some text & more"),
        ("a<b>c</b>", "a<b>c</b>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("1. one\n2. two", "one two"),
        ("~~~js\nlet a = 1;\n~~~", "let a = 1;"),
        ("", ""),
    ):
        assert markdown.plain(written) == read
