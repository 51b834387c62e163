"""What the desk's pages ask the database: as little as they can, and of rows that others change meanwhile."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Case, User
from chat.reviews import numbers, transcripts
from tests import held


@pytest.mark.parametrize("gone", [1, 3])
def test_the_median_is_of_what_is_still_there(case: Case, gone: int) -> None:
    Case.objects.filter(pk=case.pk).update(waited=40)
    assert numbers._median(Case.objects.all(), 1) == 40
    assert numbers._median(Case.objects.all(), 1 + gone) is None, "counted before an undo, and read after it"


def test_the_turns_of_conversations_found_are_counted_in_the_database(
    senior: User, person: Callable[..., User]
) -> None:
    chats = [held.conversation(person("ann")), held.conversation(person("ben"))]
    parent = None
    for number in range(4):
        parent = held.saved(chats[0], f"Question {number}", "Answer.", parent)
    held.saved(chats[1], "Question", "Answer.")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = transcripts.find(senior, reference=str(chats[0].pk))
    assert [(each.id, each.turns) for each in found] == [(chats[0].pk, 4)]
    of_turns = [
        each["sql"]
        for each in asked
        if 'FROM "chat_turn"' in each["sql"] and '"conversation_id" IN' in each["sql"]
    ]
    assert of_turns
    assert all("COUNT(" in sql and "GROUP BY" in sql for sql in of_turns)
