"""A person reports an answer, which opens a case; upheld, the answer is shown nowhere any more, undone it is back."""

import json
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from chat import reviews, search, turns
from chat.exports import rows
from chat.models import AuditEntry, Case, CaseEntry, Status, Turn, User
from tests import held
from tests.responses import read

pytestmark = pytest.mark.slow

ANSWER = "The limit is four hundred euros."


@pytest.fixture
def turn(person: Callable[..., User]) -> Turn:
    chat = held.conversation(person("ann", first_name="Ann"))
    return held.saved(chat, "What is the limit?", ANSWER)


@pytest.fixture
def ann(turn: Turn) -> Client:
    client = Client()
    client.force_login(turn.conversation.owner)
    return client


def report(ann: Client, turn: Turn, **form: str):
    return ann.post(f"/turns/{turn.pk}/report/", {"category": "wrong", "words": "It is forty.", **form})


def where_it_is(ann: Client, turn: Turn, person: User) -> set[str]:
    """Every place that could show the answer, and those that do."""
    chat = turn.conversation_id
    pages = {
        "page": f"/c/{chat}/", "answer": f"/turns/{turn.pk}/answer/", "turn": f"/turns/{turn.pk}/",
        "changes": f"/c/{chat}/changes/?first={turn.pk}&leaf={turn.pk}&stamps=x", "list": "/sidebar/",
        "document": f"/turns/{turn.pk}/document.json", "events": f"/turns/{turn.pk}/events",
    }  # fmt: skip
    found = set()
    for name, address in pages.items():
        if "four hundred" in read(ann.get(address)):
            found.add(name)
    # What every form of an export is made of.
    if any("four hundred" in str(row.answer) for row in rows.rows_after(person.pk, chat, None)):
        found.add("export")
    if search.look(person, "four hundred").found:
        found.add("search")
    below = held.turn(turn.conversation, "And then?", turn)
    sent = turns.context(Turn.objects.get(pk=below.pk), turns.Budget(60_000)).messages
    if "four hundred" in json.dumps(sent):
        found.add("context")
    return found


def test_a_report_opens_a_case_and_the_page_says_so(ann: Client, turn: Turn, reviewer: User) -> None:
    assert "Report this answer" in ann.get(f"/turns/{turn.pk}/answer/").content.decode()
    assert ann.get(f"/turns/{turn.pk}/report/").status_code == 200
    assert report(ann, turn, category="").status_code == 422
    assert report(ann, turn).status_code == 302
    case = Case.objects.get()
    assert (case.kind, case.state, case.lane, case.category) == ("reported", "open", "waiting", "wrong")
    assert (case.shown, case.length, case.owner) == (len(ANSWER), len(ANSWER), turn.conversation.owner)
    entry = CaseEntry.objects.get()
    assert (entry.kind, entry.detail, entry.words) == ("report", "wrong", "It is forty.")
    assert "forty" not in str(list(AuditEntry.objects.values()))
    page = ann.get(f"/turns/{turn.pk}/answer/").content.decode()
    assert "You reported this; a reviewer will look at it" in page
    assert ANSWER in page, "it stays until somebody has looked"
    assert "Report this answer" not in page
    assert report(ann, turn).status_code == 409
    look = reviews.look(reviewer, case.pk)
    assert look.report.words == "It is forty."
    assert look.question == "What is the limit?"


def test_upheld_it_is_shown_nowhere_and_undone_it_is_back(ann: Client, turn: Turn, reviewer: User) -> None:
    person = turn.conversation.owner
    everywhere = where_it_is(ann, turn, person)
    assert {"page", "answer", "turn", "export", "search", "context"} <= everywhere
    report(ann, turn)
    case = Case.objects.get()
    reviews.decide(reviewer, case.pk, "uphold", "It is wrong.", 0, "wrong")
    assert Turn.objects.get(pk=turn.pk).status == Status.WITHDRAWN
    assert where_it_is(ann, turn, person) == set()
    page = ann.get(f"/turns/{turn.pk}/answer/").content.decode()
    assert "kept it back: wrong or misleading." in page
    reviews.undo(reviewer, case.pk, 1, "A slip.")
    assert where_it_is(ann, turn, person) == everywhere
    reviews.decide(reviewer, case.pk, "release", "It is right.", 2)
    assert "a reviewer let it stand" in ann.get(f"/turns/{turn.pk}/answer/").content.decode()
    reviews.undo(reviewer, case.pk, 3, "A slip.")
    assert where_it_is(ann, turn, person) == everywhere


@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_an_incomplete_answer_is_taken_back_too(turn: Turn, ann: Client, reviewer: User, status: str) -> None:
    Turn.objects.filter(pk=turn.pk).update(status=status, finish="stopped")
    report(ann, turn)
    case = Case.objects.get()
    reviews.decide(reviewer, case.pk, "uphold", "It is wrong.", 0)
    assert ANSWER not in ann.get(f"/c/{turn.conversation_id}/").content.decode()
    reviews.undo(reviewer, case.pk, 1, "A slip.")
    assert ANSWER in ann.get(f"/c/{turn.conversation_id}/").content.decode()


def test_a_continuation_is_not_sent_what_was_withdrawn_meanwhile(
    turn: Turn, ann: Client, reviewer: User
) -> None:
    below = held.turn(turn.conversation, "Go on.", turn)
    Turn.objects.filter(pk=below.pk).update(kind="continue")
    below = Turn.objects.get(pk=below.pk)
    assert ANSWER in str(turns.context(below, turns.Budget(60_000)).messages)
    report(ann, turn)
    reviews.decide(reviewer, Case.objects.get().pk, "uphold", "It is wrong.", 0)
    assert ANSWER not in str(turns.context(below, turns.Budget(60_000)).messages)


def test_the_database_shows_it_again_by_a_decision_alone(turn: Turn, ann: Client, reviewer: User) -> None:
    report(ann, turn)
    reviews.decide(reviewer, Case.objects.get().pk, "uphold", "It is wrong.", 0)
    with (
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="by a decision alone"),
        transaction.atomic(),
    ):
        cursor.execute("UPDATE chat_turn SET status = 'saved'")
    assert Turn.objects.get(pk=turn.pk).status == Status.WITHDRAWN


def test_what_a_reviewer_had_released_can_be_reported(
    person: Callable[..., User], reviewer: User, ann: Client
) -> None:
    case = held.held(held.conversation(User.objects.get(username="ann")), "Released once", (0, 4, "rule"))
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    assert report(ann, case.turn).status_code == 302
    case.refresh_from_db()
    assert (case.kind, case.state, case.version, case.waited) == ("reported", "open", 2, None)
    with pytest.raises(reviews.Stale, match="Ann reported this"):
        reviews.decide(reviewer, case.pk, "uphold", "Mine.", 1)


def test_nothing_else_can_be_reported(ann: Client, turn: Turn, person: Callable[..., User]) -> None:
    other = held.saved(held.conversation(person("ben")), "Mine?", "Yours.")
    assert report(ann, other).status_code == 404
    open_case = held.held(turn.conversation, "Held", (0, 2, "rule"))
    assert report(ann, open_case.turn).status_code == 409
    assert "cannot be reported" in ann.get(f"/turns/{open_case.turn_id}/report/").content.decode()
    running = held.turn(turn.conversation, "Still?", turn, status="streaming")
    assert report(ann, running).status_code == 409


def test_nobody_reports_more_than_a_team_can_look_at(
    ann: Client, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "reported_lately", lambda person: True)
    response = report(ann, turn)
    assert response.status_code == 429
    assert "It is forty." in response.content.decode(), "what was typed stays"
    assert not Case.objects.exists()


def test_a_person_sees_what_was_reviewed_of_theirs_and_never_what_matched(
    ann: Client, turn: Turn, reviewer: User, person: Callable[..., User]
) -> None:
    chat = turn.conversation
    first = held.held(chat, "key AKIA-1", (4, 10, "aws-key"))
    second = held.held(chat, "key AKIA-2", (4, 10, "aws-key"))
    held.held(held.conversation(person("ben")), "key AKIA-3", (4, 10, "aws-key"))
    reviews.decide(reviewer, first.pk, "uphold", "A secret of Rita's reason.", 0, "secrets")
    report(ann, turn)
    Case.objects.filter(pk=second.pk).update(opened_at=timezone.now())
    page = ann.get("/reviewed/")
    found = page.context["found"]
    assert [(own.kind, own.state, own.category) for own in found] == [
        ("flagged", "open", ""), ("reported", "open", "Wrong or misleading"), ("flagged", "upheld", "Secrets and keys"),
    ]  # fmt: skip
    said = page.content.decode()
    for hidden in ("AKIA", "aws-key", "Rita", "rita"):
        assert hidden not in said
    assert first.reference in said
    assert "/reviewed/" in ann.get("/account/").content.decode()
    assert "/reviewed/" in ann.get("/rules/").content.decode()


def test_it_is_listed_a_page_at_a_time(ann: Client, turn: Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviews.reporting, "PAGE", 2)
    cases = [held.held(turn.conversation, "Held", (0, 2, "rule")) for _ in range(5)]
    seen, after = [], ""
    while True:
        page = ann.get("/reviewed/", {"after": after})
        seen += [own.reference for own in page.context["found"]]
        if not (after := page.context["after"]):
            break
    assert sorted(seen) == sorted(case.reference for case in cases)
    assert len(seen) == 5
