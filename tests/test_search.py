"""What a search finds in a person's conversations, in which order, and what it never finds."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from chat import conversations, search, turns
from chat.models import Conversation, Finish, Kind, Role, Status, Turn, User, bodies
from chat.search import looking
from tests.factories import PASS, answered, begun, frozen, held, new_turn, person

HTMX = {"HTTP_HX_REQUEST": "true"}


def found(query: str, who: User | None = None, **more: Any) -> list[UUID]:
    """The turns that were found, and conversations by their titles alone."""
    results = search.look(who or person(), query, **more)
    return [
        key for each in results.found for key in ([hit.turn for hit in each.hits] or [each.conversation.pk])
    ]


def after(turn: Turn, text: str = "And then?", answer: str = "Then this.") -> Turn:
    return answered(new=new_turn(turn.conversation_id, turn.pk, text), text=answer)


class Finding(TestCase):
    def test_titles_questions_and_answers_are_looked_through_each_by_itself(self) -> None:
        turn = answered(new=new_turn(text="How deep is a *canal*?"), text="Two **metres**, or so.")
        conversations.rename(turn.conversation, "Locks & weirs")
        assert found("CANAL deep") == [turn.pk]
        assert found("metres two") == [turn.pk]
        assert found("weirs locks") == [turn.conversation_id]
        assert found("canal metres") == [], "one word in the question, one in the answer"
        assert found("canal weirs") == []
        assert found("") == found('" "') == []

    def test_a_message_is_named_with_who_wrote_it_and_its_words_marked(self) -> None:
        turn = answered(new=new_turn(text="About <b>locks</b>"), text="A *lock* has two gates.")
        (result,) = search.look(person(), "lock").found
        assert [hit.role for hit in result.hits] == [Role.ASSISTANT, Role.USER]
        assert [(part.text, part.marked) for part in result.hits[0].line] == [
            ("A ", False), ("lock", True), (" has two gates.", False)
        ]  # fmt: skip
        assert {hit.turn for hit in result.hits} == {turn.pk}

    def test_reasoning_calls_of_tools_and_what_nobody_wrote_are_not_looked_through(self) -> None:
        waiting = frozen()
        Turn.objects.filter(pk=waiting.turn.pk).update(status=Status.STOPPED)
        turn = begun()
        claim = turns.claim(turn.pk, "test", 10)
        assert claim is not None
        calls = [{"id": "c1", "name": "zebra", "arguments": '{"zebra": 1}'}]
        body = bodies.compose("A part.", reasoning="zebra", tool_calls=calls)
        ready = turns.freeze(turn.pk, claim.attempt, Finish.LENGTH, body)
        assert ready is not None
        assert turns.conclude(ready, "pass", 1, PASS)
        assert found("zebra") == []
        assert found("a part") == [turn.pk]
        more = answered(new=new_turn(turn.conversation_id, turn.pk, "", Kind.CONTINUE), text="the rest")
        assert found("rest") == [more.pk]
        assert found("continue exactly") == []

    def test_only_ones_own_are_found_and_none_that_is_deleted(self) -> None:
        turn = answered(text="zebra")
        other = answered(person("eve"), text="zebra")
        assert found("zebra") == [turn.pk]
        assert found("zebra", person("eve")) == [other.pk]
        assert found("zebra", within=other.conversation_id) == []
        conversations.delete(turn.conversation)
        assert found("zebra") == []
        assert conversations.restore(person(), turn.conversation_id)
        assert found("zebra") == [turn.pk]
        Conversation.objects.filter(pk=turn.conversation_id).update(erased_at=timezone.now())
        assert found("zebra") == []

    def test_every_version_of_a_turn_is_found(self) -> None:
        turn = answered(text="zebra one")
        sibling = answered(new=new_turn(turn.conversation_id, None, "Again?"), text="zebra two")
        assert found("zebra") == [sibling.pk, turn.pk]
        again = answered(new=new_turn(turn.conversation_id, None, "Again?", Kind.RETRY), text="giraffe")
        assert found("again") == [again.pk], "one question, asked twice for another answer"
        later = answered(new=new_turn(turn.conversation_id, again.pk, "Again?"), text="giraffe")
        assert found("again") == [later.pk, again.pk]


class Retraction(TestCase):
    def test_an_answer_is_found_exactly_while_it_is_part_of_its_conversation(self) -> None:
        turn = held(new=new_turn(text="What is a zebra?"), text="a striped horse")

        def is_found() -> bool:
            assert found("zebra") == [turn.pk], "the question stays"
            return found("striped") == [turn.pk]

        assert not is_found(), "held, it is a candidate"
        turns.uphold(turn.pk)
        assert not is_found()
        Turn.objects.filter(pk=turn.pk).update(status=Status.HELD)
        turn.case.decisions.create(
            turn=turn,
            digest=turn.candidates.get().digest,
            reviewer=person("rita"),
            action="release",
            reason="Fine.",
        )
        assert turns.release(turn.pk)
        assert is_found()
        assert turns.states.move(turn.pk, Status.SAVED, Status.WITHDRAWN)
        assert not is_found()

    def test_one_that_is_withdrawn_while_the_search_runs_is_not_found(self) -> None:
        first = answered(text="zebra")
        newer = answered(text="zebra")
        steps = looking.steps(person(), None, None, 10)
        next(steps)
        # The turns are known by now, their texts are not.
        for turn in (first, newer):
            turns.states.move(turn.pk, Status.SAVED, Status.WITHDRAWN)
        assert [role for step in steps for role, *_ in step.texts] == [Role.USER, Role.USER]

    def test_what_was_stopped_or_failed_is_found_and_what_is_running_is_not(self) -> None:
        for finish in (Finish.STOPPED, Finish.BROKEN, Finish.LENGTH, Finish.BLOCKED):
            waiting = frozen(text=f"zebra {finish}", finish=finish)
            assert found(f"zebra {finish}") == []
            assert turns.conclude(waiting, "pass", 1, PASS)
            assert found(f"zebra {finish}") == [waiting.turn.pk]

    def test_an_erased_message_is_not_found(self) -> None:
        turn = answered(new=new_turn(text="zebra?"), text="zebra!")
        turn.messages.filter(role=Role.USER).update(body="", salt="", erased_at=timezone.now())
        (result,) = search.look(person(), "zebra").found
        assert [hit.role for hit in result.hits] == [Role.ASSISTANT]


class Order(TestCase):
    def many(self, count: int, answer: str = "zebra") -> list[Turn]:
        """Conversations with one turn each, the one used last first."""
        made = [answered(text=answer) for _ in range(count)]
        now = timezone.now()
        for number, turn in enumerate(made):
            Conversation.objects.filter(pk=turn.conversation_id).update(
                active_at=now - timedelta(days=number)
            )
        return made

    def whole(self, query: str = "zebra", **more: Any) -> tuple[list[UUID], int]:
        """All that is found page by page, and in how many pages."""
        seen: list[UUID] = []
        place, pages = None, 0
        while True:
            results = search.look(person(), query, place, **more)
            pages += 1
            seen += [hit.turn for each in results.found for hit in each.hits]
            if results.after is None:
                return seen, pages
            place = search.Place.parse(str(results.after))
            assert place == results.after

    @pytest.mark.slow
    def test_is_from_the_conversation_used_last_page_by_page_without_gap_or_repetition(self) -> None:
        made = [turn.pk for turn in self.many(search.PAGE * 2 + 3)]
        assert self.whole() == (made, 3)
        first = search.look(person(), "zebra")
        assert first.full
        assert len(first.found) == search.PAGE

    @pytest.mark.slow
    def test_is_the_same_where_many_were_used_in_one_moment(self) -> None:
        made = self.many(search.PAGE + 5)
        Conversation.objects.update(active_at=timezone.now())
        seen, pages = self.whole()
        assert sorted(seen) == sorted(turn.pk for turn in made)
        assert pages == 2

    @pytest.mark.slow
    def test_a_search_that_may_read_only_so_much_goes_on_where_it_ended(self) -> None:
        turn = answered(new=new_turn(text="zebra"), text="first")
        line = [turn]
        for number in range(11):
            line.append(after(line[-1], f"zebra {number}"))
        older = answered(new=new_turn(text="zebra"))
        Conversation.objects.filter(pk=older.conversation_id).update(
            active_at=timezone.now() - timedelta(days=1)
        )
        wanted = [turn.pk for turn in reversed(line)] + [older.pk]
        with pytest.MonkeyPatch.context() as patch:
            for most in (1, 2, 3, 12, 13, 14):
                patch.setattr(looking, "TURNS", most)
                patch.setattr(looking, "EACH", 99)
                seen, pages = self.whole()
                assert seen == wanted, most
                assert pages >= len(wanted) // most
            patch.setattr(looking, "TURNS", 1000)
            patch.setattr(looking, "CHARACTERS", 1)
            assert self.whole()[0] == wanted
        results = search.look(person(), "zebra")
        assert [len(each.hits) for each in results.found] == [search.EACH, 1]
        assert [each.more for each in results.found] == [12 - search.EACH, 0]

    def test_a_conversation_that_is_read_in_two_parts_is_found_once_by_its_title(self) -> None:
        turn = answered()
        for _ in range(3):
            turn = after(turn)
        conversations.rename(turn.conversation, "zebra")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(looking, "TURNS", 2)
            first = search.look(person(), "zebra")
            assert [each.conversation.pk for each in first.found] == [turn.conversation_id]
            assert first.after is not None
            assert search.look(person(), "zebra", first.after).found == []

    @pytest.mark.slow
    def test_one_conversation_is_looked_through_alone_page_by_page(self) -> None:
        turn = answered(new=new_turn(text="zebra 0"))
        line = [turn]
        for number in range(looking.ALONE + 4):
            line.append(after(line[-1], f"zebra {number}"))
        self.many(2)
        seen, pages = self.whole(within=turn.conversation_id)
        assert seen == [turn.pk for turn in reversed(line)]
        assert pages == 2

    def test_one_that_is_begun_while_another_runs_ends_the_other(self) -> None:
        made = self.many(3)
        whole = looking.steps

        def typed_on(*arguments: Any) -> Any:
            for number, step in enumerate(whole(*arguments)):
                if number == 2:
                    patch.setattr(looking, "steps", whole)
                    assert found("zebra") == [turn.pk for turn in made]
                yield step

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(looking, "steps", typed_on)
            results = search.look(person(), "zebra")
        assert [hit.turn for each in results.found for hit in each.hits] == [made[0].pk]
        assert results.after is not None
        assert not results.full
        assert found("zebra", after=results.after) == [turn.pk for turn in made[1:]]
        assert looking._latest == {}

    def test_nonsense_for_a_place_is_the_beginning(self) -> None:
        for nonsense in ("x", "_", "2026-01-01_x", "2026-01-01T00:00:00_" + "0" * 32, "0001-01-01T00:00:00+14:00_" + "0" * 32,
                         "9999-12-31T23:59:59-14:00_" + "0" * 32, "' OR 1=1", "2026-01-01T00:00:00+00:00", "_" * 10_000):  # fmt: skip
            assert search.Place.parse(nonsense) is None, nonsense


class Statements(TestCase):
    def test_as_many_as_there_are_hundreds_of_turns_however_many_are_found(self) -> None:
        for _ in range(3):
            turn = answered(text="zebra")
            after(turn, answer="zebra")
        who = person()
        with self.assertNumQueries(3):  # conversations, turns, texts
            assert len(search.look(who, "zebra").found) == 3


class Pages(TestCase):
    def setUp(self) -> None:
        self.turn = answered(
            new=new_turn(text='<i>zebra</i> & "quotes"'), text="No *zebra* <script>alert(1)</script>"
        )
        self.client.force_login(person())

    def get(
        self, client: Client | None = None, headers: dict[str, str] | None = None, **asked: str
    ) -> tuple[int, str]:
        response = (client or self.client).get(reverse("search"), asked, **(headers or {}))
        return response.status_code, response.content.decode()

    def test_a_search_is_a_page_and_for_a_script_its_results(self) -> None:
        status, page = self.get(q="zebra")
        assert status == 200
        assert '<form id="search"' in page
        assert f'href="/c/{self.turn.conversation_id}/?turn={self.turn.pk}#answer-{self.turn.pk}"' in page
        assert f'#question-{self.turn.pk}"' in page
        status, part = self.get(q="zebra", headers=HTMX)
        assert status == 200
        assert part.lstrip().startswith('<div id="results"')
        assert 'data-says="1 conversation found."' in part

    def test_what_is_found_is_text_and_only_its_words_are_marked(self) -> None:
        _, page = self.get(q="zebra")
        assert "&lt;i&gt;<mark>zebra</mark>&lt;/i&gt; &amp; &quot;quotes&quot;" in page
        assert "No <mark>zebra</mark> &lt;script&gt;alert(1)&lt;/script&gt;" in page
        _, page = self.get(q='"><img src=x>')
        assert "<img" not in page
        assert "&quot;&gt;&lt;img src=x&gt;" in page

    def test_without_words_or_hits_it_says_so(self) -> None:
        assert "Every word has to be" in self.get()[1]
        assert "Nothing found." in self.get(q="giraffe")[1]

    def test_what_is_too_long_is_refused_and_not_sent_back(self) -> None:
        status, page = self.get(q="x" * 10_000)
        assert status == 200
        assert "The most that can be looked for at once is 200 characters; this has 10,000." in page
        assert "x" * 201 not in page

    def test_there_is_a_way_on_where_there_is_more(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(looking, "TURNS", 1)
            answered(text="nothing")
            _, page = self.get(q="zebra")
            assert "Nothing found so far." in page
            assert "Look further back" in page
            more = page.partition('class="more"')[2].partition('href="')[2].partition('"')[0]
            page = self.client.get(more.replace("&amp;", "&")).content.decode()
            assert "<mark>zebra</mark>" in page

    def test_nobody_finds_anything_in_the_conversation_of_somebody_else(self) -> None:
        eve = Client()
        eve.force_login(person("eve"))
        assert self.get(q="zebra", **{"in": str(self.turn.conversation_id)})[0] == 200
        assert self.get(eve, q="zebra", **{"in": str(self.turn.conversation_id)})[0] == 404
        assert "Nothing found." in self.get(eve, q="zebra")[1]
        assert self.get(Client(), q="zebra")[0] == 302
        assert self.get(Client(), HTMX, q="zebra")[0] == 401
        assert self.client.post(reverse("search")).status_code == 405
