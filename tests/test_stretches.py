"""A page that is asked for one turn, wherever in the conversation that is."""

from uuid import UUID, uuid4

import pytest
from django.test import Client, TestCase
from django.urls import reverse

from chat import turns
from chat.models import Conversation, Status, Turn
from chat.turns.reading import PAGE
from tests.factories import answered, held, new_turn, person

pytestmark = pytest.mark.slow

HTMX = {"HTTP_HX_REQUEST": "true"}


def line(count: int, conversation: UUID | None = None, parent: Turn | None = None) -> list[Turn]:
    """That many turns, each below the one before."""
    made: list[Turn] = []
    for number in range(count):
        above = made[-1] if made else parent
        new = new_turn(
            conversation or (above.conversation_id if above else None),
            above.pk if above else None,
            f"Q{number}",
        )
        made.append(answered(new=new, text=f"Answer {number}."))
    return made


def keys(stretch: turns.Stretch | None) -> list[UUID]:
    return [answer.turn.pk for answer in stretch.answers] if stretch else []


class Stretches(TestCase):
    def test_near_the_end_it_is_the_page_that_is_shown_anyway(self) -> None:
        made = line(5)
        found = turns.stretch(Conversation.objects.get(), at=made[1].pk)
        assert keys(found) == [turn.pk for turn in made]
        assert found is not None
        assert not found.apart
        assert found.earlier is None

    def test_further_up_it_begins_a_little_above_the_turn_and_goes_on_to_the_end(self) -> None:
        made = line(PAGE + 15)
        found = turns.stretch(Conversation.objects.get(), at=made[6].pk)
        assert found is not None
        assert keys(found) == [turn.pk for turn in made[4:]]
        assert found.earlier == made[4].pk
        assert not found.apart

    def test_far_up_it_is_a_page_with_ways_up_and_down(self) -> None:
        made = line(PAGE * 4)
        conversation = Conversation.objects.get()
        with self.assertNumQueries(3):  # the turns of the conversation, these turns, their texts
            found = turns.stretch(conversation, at=made[6].pk)
        assert found is not None
        assert keys(found) == [turn.pk for turn in made[4 : 4 + PAGE]]
        assert (found.earlier, found.later, found.other) == (made[4].pk, made[3 + PAGE].pk, False)
        assert found.apart
        down = turns.stretch(conversation, after=found.later)
        assert keys(down) == [turn.pk for turn in made[4 + PAGE : 4 + 2 * PAGE]]
        up = turns.stretch(conversation, before=found.earlier)
        assert keys(up) == [turn.pk for turn in made[:4]]
        last = turns.stretch(conversation, after=made[-5].pk)
        assert last is not None
        assert not last.apart
        assert turns.stretch(conversation, after=made[-1].pk) is None
        assert turns.stretch(conversation, before=made[0].pk) is None

    def test_on_another_branch_it_is_that_branch_and_the_shown_one_stays(self) -> None:
        made = line(3)
        other = answered(new=new_turn(made[0].conversation_id, made[0].pk, "Otherwise?"))
        conversation = Conversation.objects.get()
        assert conversation.leaf_id == other.pk
        found = turns.stretch(conversation, at=made[1].pk)
        assert found is not None
        assert keys(found) == [turn.pk for turn in made], "down to its newest end"
        assert (found.other, found.apart, found.later) == (True, True, None)
        conversation.refresh_from_db()
        assert conversation.leaf_id == other.pk

    def test_a_turn_of_another_conversation_or_of_none_gives_none(self) -> None:
        made = line(1)
        elsewhere = answered()
        conversation = made[0].conversation
        assert turns.stretch(conversation, at=elsewhere.pk) is None
        assert turns.stretch(conversation, at=uuid4()) is None
        assert turns.stretch(conversation) is None


class Pages(TestCase):
    def setUp(self) -> None:
        self.client.force_login(person())
        self.made = line(2)
        self.other = answered(
            new=new_turn(self.made[0].conversation_id, self.made[0].pk, "Otherwise?"), text="Else."
        )
        self.url = reverse("conversation", args=[self.made[0].conversation_id])

    def get(self, **asked: object) -> str:
        response = self.client.get(self.url, asked)
        assert response.status_code == 200
        return response.content.decode()

    def test_of_another_branch_show_it_and_the_ways_from_there(self) -> None:
        page = self.get(turn=self.made[1].pk)
        assert f'id="turn-{self.made[1].pk}"' in page
        assert f'id="turn-{self.other.pk}"' not in page
        assert "data-apart" in page
        assert "This is another version of the conversation" in page
        assert f'action="/turns/{self.made[1].pk}/select/"' in page
        assert "data-apart" not in self.get(turn=self.other.pk)

    def test_of_a_turn_that_is_not_there_are_the_conversation(self) -> None:
        for turn in (uuid4(), "x", answered(person("eve")).pk):
            page = self.get(turn=turn)
            assert f'id="turn-{self.other.pk}"' in page
            assert "data-apart" not in page

    def test_of_a_long_conversation_lead_up_and_down_without_a_script(self) -> None:
        made = line(PAGE * 3 + 5, parent=self.other)
        page = self.get(turn=made[0].pk)
        assert "data-apart" in page
        assert f"?before={self.made[0].pk}" not in page
        later = made[PAGE - 3].pk  # below the two turns above it
        assert f'href="{self.url}?after={later}"' in page
        page = self.get(after=later)
        assert f'id="turn-{made[PAGE - 2].pk}"' in page
        assert "Show earlier messages" in page
        page = self.get(before=made[PAGE].pk)
        assert "data-apart" in page
        part = self.client.get(self.url, {"before": made[PAGE].pk}, **HTMX).content.decode()
        assert "data-apart" not in part
        assert "Go to the latest" not in part

    def test_a_page_apart_is_told_what_changed_on_it_and_of_nothing_else(self) -> None:
        held_ = held(new=new_turn(self.made[1].conversation_id, self.made[1].pk, "Hold?"), text="zebra")
        Conversation.objects.update(leaf=self.other.pk)
        views = "data-apart"
        page = self.get(turn=held_.pk)
        assert views in page
        stamps = [part.partition('"')[0] for part in page.split('data-stamp="')[1:]]
        asked = {"first": self.made[0].pk, "leaf": held_.pk, "stamps": ",".join(stamps), "apart": "1"}
        changes = reverse("conversation-changes", args=[self.made[0].conversation_id])
        assert self.client.get(changes, asked, **HTMX).status_code == 204
        # It would be put away for the branch that is shown, were it not apart.
        assert 'id="turns"' in self.client.get(changes, asked | {"apart": ""}, **HTMX).content.decode()
        turns.states.move(self.made[1].pk, Status.SAVED, Status.WITHDRAWN)
        lacking = self.client.get(changes, asked, **HTMX).content.decode()
        assert f'id="answer-{self.made[1].pk}"' in lacking
        assert 'data-state="held"' in lacking
        assert "Answer 1." not in lacking
        assert 'id="turns"' not in lacking

    def test_nobody_else_gets_them(self) -> None:
        eve = Client()
        eve.force_login(person("eve"))
        assert eve.get(self.url, {"turn": self.made[1].pk}).status_code == 404
