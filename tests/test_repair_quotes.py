"""What a repair quotes of the document above it goes where that goes: withdrawn, it is told to nobody and no model."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat import policies, retention, reviews, search, turns
from chat.exports import rows
from chat.models import Case, Finish, Kind, Message, Role, Status, Turn, User
from chat.turns import repairing
from tests import held
from tests.factories import new_turn
from tests.shapes import VALID, version

QUOTED = "AKIA-NOT-A-KEY"
DOCUMENT = json.dumps({"key": QUOTED})
PROBLEM = f"`key` is “{QUOTED}”, it has to be a number."


@pytest.fixture
def ann(person: Callable[..., User]) -> User:
    return person("ann")


@pytest.fixture
def document(ann: User) -> Turn:
    made = held.saved(held.conversation(ann), "Write it.", DOCUMENT)
    Turn.objects.filter(pk=made.pk).update(assistant_version=version(), shaped=True)
    return Turn.objects.select_related("conversation").get(pk=made.pk)


@pytest.fixture
def repair(ann: User, document: Turn) -> Turn:
    new = new_turn(document.conversation_id, document.pk, PROBLEM, Kind.REPAIR)
    made, _ = turns.create(ann, new, lambda assistant: policies.current(held.DEFINITION))
    Turn.objects.filter(pk=made.pk).update(status=Status.SAVED, finish=Finish.COMPLETE)
    body = held.stored(VALID)
    held.judge(made, body["digest"], "pass")
    Message.objects.create(turn=made, role=Role.ASSISTANT, finish=Finish.COMPLETE, **body)
    return Turn.objects.select_related("conversation").get(pk=made.pk)


def sent(turn: Turn) -> list[tuple[str, str]]:
    found = turns.context(turn, turns.Budget(60_000)).messages
    return [(part["role"], part["content"]) for part in found]


def where_it_is(ann: User, repair: Turn, below: Turn) -> set[str]:
    """Every place that could tell the quotation, and those that do."""
    client = Client()
    client.force_login(ann)
    found = set()
    chat = repair.conversation_id
    for name, address in {"page": f"/c/{chat}/", "turn": f"/turns/{repair.pk}/"}.items():
        if QUOTED in client.get(address).content.decode():
            found.add(name)
    if any(QUOTED in row.told for row in rows.rows_after(ann.pk, chat, None)):
        found.add("export")
    if search.look(ann, QUOTED).found:
        found.add("search")
    if QUOTED in turns.question_of(repair):
        found.add("checkers")
    for name, turn in {"repair": repair, "below": below}.items():
        if any(QUOTED in text for _, text in sent(turn)):
            found.add(name)
    return found


@pytest.mark.slow
def test_a_withdrawn_document_is_quoted_nowhere_and_its_repair_stays(
    ann: User, reviewer: User, document: Turn, repair: Turn
) -> None:
    below = held.turn(repair.conversation, "And then?", repair)
    everywhere = {"page", "turn", "export", "search", "checkers", "repair", "below"}
    assert where_it_is(ann, repair, below) == everywhere
    case = reviews.report(ann, document, "secrets", "A key.")
    upheld = reviews.decide(reviewer, case.pk, "uphold", "A key.", case.version)
    assert where_it_is(ann, repair, below) == set()
    assert sent(below) == [
        ("user", "Write it."), ("user", repairing.AGAIN), ("assistant", VALID), ("user", "And then?"),
    ]  # fmt: skip
    reviews.undo(reviewer, case.pk, upheld.version, "A slip.")
    assert where_it_is(ann, repair, below) == everywhere


def test_a_reviewer_of_the_repair_reads_no_more_of_it(
    ann: User, reviewer: User, document: Turn, repair: Turn
) -> None:
    case = reviews.report(ann, repair, "wrong", "It is another.")
    assert QUOTED in reviews.look(reviewer, case.pk).question
    above = reviews.report(ann, document, "secrets", "A key.")
    reviews.decide(reviewer, above.pk, "uphold", "A key.", above.version)
    assert reviews.look(reviewer, case.pk).question == ""


@pytest.mark.django_db(transaction=True)
def test_the_quotation_is_erased_with_the_document(
    ann: User, reviewer: User, document: Turn, repair: Turn
) -> None:
    case = reviews.report(ann, document, "secrets", "A key.")
    reviews.decide(reviewer, case.pk, "uphold", "A key.", case.version)

    def left() -> set[tuple[str, str]]:
        rows = Message.objects.filter(turn__in=[document, repair], erased_at=None)
        return {("document" if row.turn_id == document.pk else "repair", row.role) for row in rows}

    def purge() -> None:
        purge = retention.Purge()
        while purge.step():
            pass

    everything = {(name, role) for name in ("document", "repair") for role in ("user", "assistant")}
    purge()
    assert left() == everything
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now() - timedelta(days=1000))
    purge()
    assert left() == {("document", "user"), ("repair", "assistant")}
