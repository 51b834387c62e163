"""What an export says of a conversation, as JSON and as Markdown, and what is never in it."""

import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import TestCase
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chat import conversations, exports, turns
from chat.exports import as_json, as_markdown, rows
from chat.exports.names import safe
from chat.exports.portable import portable
from chat.models import Assistant, Conversation, Finish, Kind, Status, Turn, User, bodies
from tests.factories import PASS, answered, begun, frozen, held, new_turn, person
from tests.shapes import VALID, WITHOUT_TOTAL, version

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SECRET = "a striped horse"
NAME = "answer 1"


def whole(conversation: UUID) -> dict[str, Any]:
    """The JSON export, read from the rows as a stream reads them."""
    head = exports.head(Conversation.objects.get(pk=conversation))
    text, last = as_json.begin(head, NOW), None
    while found := rows.rows_after(person().pk, conversation, last):
        text += "".join(as_json.turn(row, last is None and n == 0) for n, row in enumerate(found))
        last = found[-1].place
    return json.loads(text + as_json.END)


def shown(conversation: UUID) -> str:
    """The Markdown export."""
    head = exports.head(Conversation.objects.get(pk=conversation))
    path = rows.branch(person().pk, conversation)
    return as_markdown.begin(head, NOW, BERLIN) + "".join(
        as_markdown.turn(row, BERLIN) for row in rows.rows_of(person().pk, path)
    )


def with_channels(finish: Finish = Finish.COMPLETE, *, shaped: bool = False, **channels: Any) -> Turn:
    turn = begun()
    if shaped:
        Turn.objects.filter(pk=turn.pk).update(assistant_version=version(), shaped=True)
    claim = turns.claim(turn.pk, "test", 10)
    assert claim is not None
    waiting = turns.freeze(turn.pk, claim.attempt, finish, bodies.compose(**channels))
    assert waiting is not None
    assert turns.conclude(waiting, "pass", 1, PASS)
    return Turn.objects.get(pk=turn.pk)


class Contents(TestCase):
    def test_json_has_every_branch_and_markdown_the_one_that_is_shown(self) -> None:
        first = answered(new=new_turn(text="One?"), text="First.")
        second = answered(new=new_turn(first.conversation_id, first.pk, "Two?"), text="Second.")
        other = answered(new=new_turn(first.conversation_id, first.pk, "Or two?"), text="Otherwise.")
        conversations.rename(first.conversation, "A *title*")
        found = whole(first.conversation_id)
        assert (found["format"], found["version"], found["title"]) == ("sluice.conversation", 1, "A *title*")
        assert found["shown"] == str(other.pk)
        assert [(turn["id"], turn["parent"], turn["question"], turn["answer"]["text"]) for turn in found["turns"]] == [
            (str(first.pk), None, "One?", "First."),
            (str(second.pk), str(first.pk), "Two?", "Second."),
            (str(other.pk), str(first.pk), "Or two?", "Otherwise."),
        ]  # fmt: skip
        text = shown(first.conversation_id)
        assert text.startswith("# A \\*title\\*\n\nExported on 22 November 2026, 14:05.")
        assert "Otherwise." in text
        assert "Second." not in text
        assert text.index("> One?") < text.index("First.") < text.index("> Or two?")

    def test_all_channels_the_finish_and_the_times_are_there(self) -> None:
        calls = [{"id": "c1", "name": "weather", "arguments": '{"city": "Lyon"}'}]
        turn = with_channels(
            Finish.LENGTH, text="It **is**.", reasoning="Hm\n</details>", refusal="No.", tool_calls=calls
        )
        Turn.objects.filter(pk=turn.pk).update(thought=5200)
        (found,) = whole(turn.conversation_id)["turns"]
        assert found["answer"] == {
            "text": "It **is**.",
            "reasoning": "Hm\n</details>",
            "refusal": "No.",
            "tool_calls": calls,
        }
        assert (found["state"], found["finish"], found["thought_ms"]) == ("saved", "length", 5200)
        assert found["note"] == "The answer reached the longest length the model may write."
        assert datetime.fromisoformat(found["began_at"]) == turn.created_at.replace(microsecond=0)
        assert found["ended_at"].endswith("Z")
        text = shown(turn.conversation_id)
        for part in ("**Thought for 5 s**\n\n> Hm\n> \\</details>", "\nIt **is**.\n", "**Refused**\n\nNo.",
                     '**Tool** `weather`\n\n```json\n{"city": "Lyon"}\n```', "*The answer reached"):  # fmt: skip
            assert part in text

    def test_a_document_says_whether_it_fits_its_shape(self) -> None:
        for text, fits in ((VALID, True), (WITHOUT_TOTAL, False)):
            turn = with_channels(shaped=True, text=text)
            (found,) = whole(turn.conversation_id)["turns"]
            assert found["document"]["fits"] is fits
            assert ("total" in found["document"]["problem"]) is not fits
            assert found["assistant"] == Assistant.objects.get(versions=turn.assistant_version_id).name
            markdown = shown(turn.conversation_id)
            assert f"```json\n{text}\n```" in markdown
            assert f"## {found['assistant']} · " in markdown

    def test_what_nobody_wrote_is_no_question(self) -> None:
        turn = with_channels(Finish.LENGTH, text="A part")
        more = answered(new=new_turn(turn.conversation_id, turn.pk, "", Kind.CONTINUE), text=" and the rest.")
        found = whole(turn.conversation_id)["turns"]
        assert [each["question"] for each in found] == ["Hello?", None]
        assert found[1]["id"] == str(more.pk)
        assert "Continue exactly" not in shown(turn.conversation_id) + json.dumps(found)

    def test_what_the_model_was_told_for_a_repair_is_said_as_the_page_says_it(self) -> None:
        turn = with_channels(shaped=True, text=WITHOUT_TOTAL)
        answered(new=new_turn(turn.conversation_id, turn.pk, "", Kind.REPAIR), text=VALID)
        found = whole(turn.conversation_id)["turns"][1]
        assert (found["kind"], found["question"]) == ("repair", None)
        assert found["told"].startswith("Your last answer cannot be used")
        assert "> The model was told: Your last answer" in shown(turn.conversation_id)

    def test_a_long_conversation_is_read_a_few_turns_at_a_time_each_by_one_statement(self) -> None:
        made = [answered()]
        for _ in range(rows.TURNS + 2):
            made.append(answered(new=new_turn(made[0].conversation_id, made[-1].pk, "More?")))
        found = whole(made[0].conversation_id)["turns"]
        assert [each["id"] for each in found] == [str(turn.pk) for turn in made]
        who = person().pk
        with self.assertNumQueries(1):
            first = rows.rows_after(who, made[0].conversation_id, None)
        assert len(first) == rows.TURNS
        (last,) = rows.rows_of(who, [made[-1].pk])
        with self.assertNumQueries(2):  # and whether there is nothing, or nothing more for this person
            assert rows.rows_after(who, made[0].conversation_id, last.place) == []
        with self.assertNumQueries(2):
            path = rows.branch(who, made[0].conversation_id)
        assert path == [turn.pk for turn in made]
        with self.assertNumQueries(1):
            assert [row.id for row in rows.rows_of(who, path[3:7])] == path[3:7]


class Retraction(TestCase):
    def test_an_answer_is_in_it_exactly_while_it_is_part_of_its_conversation(self) -> None:
        turn = held(new=new_turn(text="What is a zebra?"), text=SECRET)

        def is_there() -> bool:
            (found,) = whole(turn.conversation_id)["turns"]
            text = shown(turn.conversation_id)
            assert found["question"] == "What is a zebra?", "the question stays"
            assert "> What is a zebra?" in text
            there = SECRET in json.dumps(found)
            assert (SECRET in text) is there
            assert (found["answer"] is not None) is there
            gone = "not part of the conversation"
            assert (gone in found.get("note", "")) is (gone in text) is not there
            return there

        assert not is_there(), "held, it is a candidate"
        turns.uphold(turn.pk)
        assert not is_there()
        Turn.objects.filter(pk=turn.pk).update(status=Status.HELD)
        turn.case.decisions.create(
            turn=turn,
            digest=turn.candidates.get().digest,
            reviewer=person("rita"),
            action="release",
            reason="Fine.",
        )
        assert turns.release(turn.pk)
        assert is_there()
        assert turns.states.move(turn.pk, Status.SAVED, Status.WITHDRAWN)
        assert not is_there()

    def test_nothing_of_an_answer_that_runs_or_was_not_kept_is_in_it(self) -> None:
        for made, state, note in (
            (begun(), "streaming", "still being written"),
            (frozen(text=SECRET).turn, "moderating", "still being written"),
            (held(text=SECRET, outcome="unchecked"), "held", "It could not be checked yet."),
        ):
            (found,) = whole(made.conversation_id)["turns"]
            assert (found["state"], found["answer"], found["finish"]) == (state, None, "")
            assert note in found["note"]
            assert note in shown(made.conversation_id)
            assert SECRET not in shown(made.conversation_id)

    def test_what_is_incomplete_says_so(self) -> None:
        for finish, note in (
            (Finish.STOPPED, "Stopped. This answer is incomplete."),
            (Finish.BROKEN, "Interrupted."),
        ):
            turn = with_channels(finish, text="A part")
            (found,) = whole(turn.conversation_id)["turns"]
            assert found["answer"]["text"] == "A part"
            assert found["note"].startswith(note)

    def test_an_erased_question_is_none(self) -> None:
        turn = answered()
        turn.messages.update(body="", salt="", erased_at=timezone.now())
        (found,) = whole(turn.conversation_id)["turns"]
        assert (found["question"], found["answer"]) == (None, None)


class Permissions(TestCase):
    def test_every_read_asks_whose_it_is_and_what_is_gone_meanwhile_breaks_off(self) -> None:
        turn = answered()
        ann = person()

        def broken(who: User) -> bool:
            reads: list[Callable[[], Any]] = [
                lambda: rows.rows_after(who.pk, turn.conversation_id, None),
                lambda: rows.rows_of(who.pk, [turn.pk]),
                lambda: rows.branch(who.pk, turn.conversation_id),
            ]
            gone = 0
            for read in reads:
                try:
                    assert read()
                except exports.Gone:
                    gone += 1
            assert gone in {0, len(reads)}
            return gone > 0

        assert not broken(ann)
        assert broken(person("eve"))
        conversations.delete(turn.conversation)
        assert broken(ann)
        assert conversations.restore(ann, turn.conversation_id)
        assert not broken(ann)
        User.objects.update(is_active=False)
        assert broken(ann)

    def test_the_list_is_of_ones_own_conversations_that_are_there(self) -> None:
        mine = [answered() for _ in range(3)]
        answered(person("eve"))
        conversations.delete(mine[0].conversation)
        found = rows.heads(person().pk)
        assert [head.id for head in found] == [mine[2].conversation_id, mine[1].conversation_id]
        assert [head.id for head in rows.heads(person().pk, found[0])] == [mine[1].conversation_id]
        assert rows.heads(person().pk, found[1]) == []
        Conversation.objects.filter(pk=mine[1].conversation_id).update(active_at=timezone.now())
        after = [head.id for head in rows.heads(person().pk, found[0])]
        assert after == [mine[1].conversation_id], "written in meanwhile, and not passed over"
        User.objects.update(is_active=False)
        with pytest.raises(exports.Gone):
            rows.heads(person().pk, found[1])


COMMONMARK = MarkdownIt("commonmark", {"html": True})
# Where a table begins in a line that would begin a block of code, this one begins the table, and GitHub the code.
WITH_TABLES = MarkdownIt("commonmark", {"html": True}).enable("table")
_PARTS = [
    "`", "``", "\n", "\n\n", "    ", "  ", "- ", "1. ", "> ", "# ", "<!-- ", "<b>", "</b>", "<script>", "<details>", "<?x", "<![CDATA[", "<!X",
    "<https://example.org>", "<a@b.c>", "\\", "\\<", "\\`", "|", "| a |\n|---|\n| ", "[x]: ", "[x](", ")", "*", "**", "---", "===", "word", "é", "\t", "<",
    "&lt;", "!",
]  # fmt: skip
_TEXTS = st.lists(st.sampled_from([*_PARTS, "```", "~~~~"]), max_size=14).map("".join)
_WITHOUT_FENCES = st.lists(st.sampled_from(_PARTS), max_size=14).map("".join)


def headings(text: str, reader: MarkdownIt = COMMONMARK) -> list[str]:
    tokens = reader.parse(text)
    return [
        tokens[n + 1].content
        for n, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def tags(text: str, reader: MarkdownIt = COMMONMARK) -> list[str]:
    """What another reader of Markdown would take for HTML."""
    tokens = reader.parse(text)
    inline = [child for token in tokens for child in token.children or []]
    return [token.content for token in [*tokens, *inline] if token.type in {"html_block", "html_inline"}]


def targets(text: str) -> list[str]:
    """Where the links lead that another reader of Markdown finds."""
    inline = [child for token in COMMONMARK.parse(text) for child in token.children or []]
    return [str(token.attrs["href"]) for token in inline if token.type == "link_open"]


class TestMarkdown:
    @settings(max_examples=300)
    @given(_TEXTS)
    def test_the_next_turn_begins_outside_of_whatever_a_text_leaves_open(self, text: str) -> None:
        written = portable(text, NAME)
        assert headings(f"# First\n\n{written}\n\n## The next\n")[-1] == "The next"
        assert headings(f"{as_markdown.quoted(written)}\n\n## The next\n", WITH_TABLES) == ["The next"]
        assert tags(written) == []

    @settings(max_examples=300)
    @given(_WITHOUT_FENCES)
    def test_nothing_in_it_is_html_to_readers_that_know_tables(self, text: str) -> None:
        assert tags(portable(text, NAME), WITH_TABLES) == []

    def test_it_could_have_swallowed_it(self) -> None:
        for text in ("```\ncode", "<!-- note", "<script>", "~~~ x\n```"):
            assert headings(f"{text}\n\n## The next\n") == []
            assert headings(f"{portable(text, NAME)}\n\n## The next\n") == ["The next"]

    def test_what_is_code_or_an_address_stays_as_it_is(self) -> None:
        for text in (
            "```html\n<b>x</b>\n```",
            "Use `<b>` here.",
            "    <b>code</b>",
            "a `Map<string | number>` b",
            "| `<b>` |\n|---|\n| `<i>` |",
            "See <https://example.org/?a=b>.",
            "1 < 2 <3",
        ):
            assert portable(text, NAME) == text
        assert portable("a <b>c</b> `<i>`", NAME) == "a \\<b>c\\</b> `<i>`"
        assert portable("- ```\n  <b>\n\n<i>", NAME) == "- ```\n  <b>\n\n\\<i>"

    @pytest.mark.parametrize("line", ["](", "](a", "|-"])
    def test_a_long_line_is_read_in_proportion_to_its_length(self, line: str) -> None:
        """What is tried again from each of so many places would go on for hours."""
        assert portable(f"<b\n{line * 200_000}x", NAME).startswith("\\<b\n")

    def test_the_links_of_a_text_are_its_own(self) -> None:
        def turn(question: str, **channels: str) -> str:
            row = rows.Row(
                uuid4(), None, "send", "saved", "", "complete", "", False, None, None, "A", NOW, NOW, question, "",
                {"text": "", "reasoning": "", "refusal": "", "tool_calls": [], **channels},
            )  # fmt: skip
            return as_markdown.turn(row, UTC)

        one = turn("And [1]?", text="See [docs][1].\n\n[1]: https://one.example/")
        two = turn(
            "[1]\n\n[1]: https://two.example/", text="[1]", reasoning="[1]\n\n[1]: https://three.example/"
        )
        assert targets(one + two) == [
            "https://one.example/",
            "https://two.example/",
            "https://three.example/",
        ]

    def test_a_call_of_a_tool_is_contained_whatever_its_name_and_arguments(self) -> None:
        call = {"id": "1", "name": "`a`\n# b", "arguments": "```\n# x\n````"}
        row = rows.Row(
            uuid4(), None, "send", "saved", "", "tool_calls", "", False, None, None, "`<b>`*x*", NOW, NOW, "```", "",
            {"text": "", "reasoning": "```", "refusal": "", "tool_calls": [call]},
        )  # fmt: skip
        found = headings(as_markdown.turn(row, UTC))
        assert [each.partition(" · ")[0] for each in found] == ["You", "\\`\\<b\\>\\`\\*x\\*"]


class TestNames:
    def test_are_taken_by_every_file_system_and_end_as_they_seem_to(self) -> None:
        for title, name in (
            ("Plan: a/b\\c?", "Plan a b c"),
            ("../../etc/passwd", "etc passwd"),
            (".hidden.", "hidden"),
            ('a "b" <c> | d*', "a b c d"),
            ("tab\tand\nline\x00", "tabandline"),
            ("gpj.\u202eexe", "gpj.exe"),
            ("水 für 😀", "水 für 😀"),
            ("", ""),
            (" . ", ""),
            ("x" * 300, "x" * 60),
        ):
            assert safe(title) == name, title
        for title in ("😀" * 100, "é" * 100, "水" * 100):
            assert len(safe(title).encode()) <= 150
            assert unicodedata.is_normalized("NFC", safe(title))

    def test_have_the_day_the_title_and_where_there_are_many_what_tells_them_apart(self) -> None:
        late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
        head = exports.Head(UUID(int=1 << 100), "Locks", "", late, late, None)
        assert exports.name_of(head, "md", UTC) == "2026-11-22 Locks.md"
        assert (
            exports.name_of(head, "json", BERLIN, unique=True) == f"2026-11-23 Locks {head.id.hex[:12]}.json"
        )
        nameless = exports.Head(head.id, "", "", late, late, None)
        assert exports.name_of(nameless, "md", UTC) == "2026-11-22 New chat.md"
