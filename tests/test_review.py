"""The queue: who waits for a reviewer, told without a word of what was held."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat import reviews
from chat.models import Case, User
from tests import held


@pytest.fixture
def case(person: Callable[..., User]) -> Case:
    return held.after_three_turns(person("ann", first_name="Ann"))


@pytest.fixture
def desk(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def test_it_lists_who_waits_longest_first_with_reasons_and_without_text(desk: Client, case: Case) -> None:
    chat = case.turn.conversation
    older = held.held(chat, "Another answer", parent=case.turn)
    Case.objects.filter(pk=older.pk).update(opened_at=timezone.now() - timedelta(hours=1))
    response = desk.get("/review/")
    assert [entry.case.pk for entry in response.context["open"]] == [older.pk, case.pk]
    assert response.context["open"][1].reasons == ["Looks like aws-key."]
    assert response.context["open"][1].person == "Ann"
    page = response.content.decode()
    assert case.reference in page
    for hidden in ("AKIA", "About my keys", "Question", "Another answer"):
        assert hidden not in page


def test_decided_cases_move_to_the_other_list(desk: Client, case: Case, reviewer: User) -> None:
    reviews.decide(reviewer, case.pk, "uphold", "A real key.", 0)
    response = desk.get("/review/")
    assert response.context["open"] == []
    assert [entry.case.pk for entry in response.context["closed"]] == [case.pk]
    assert [decision.action for decision in response.context["closed"][0].decisions] == ["uphold"]


def test_its_queries_do_not_grow_with_the_queue(
    desk: Client, case: Case, django_assert_max_num_queries
) -> None:
    parent = case.turn
    for _ in range(6):
        parent = held.held(case.turn.conversation, "More", (0, 4, "more"), parent=parent).turn
    with django_assert_max_num_queries(12):
        desk.get("/review/")


def test_past_a_page_it_says_that_there_are_more(case: Case) -> None:
    held.held(case.turn.conversation, "More", parent=case.turn)
    assert reviews.open_entries(limit=2)[1] is False
    entries, more = reviews.open_entries(limit=1)
    assert (len(entries), more) == (1, True)
