"""A decision: all or nothing, by one reviewer, with a reason, on record for good."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from chat import reviews
from chat.models import (
    AuditEntry,
    Candidate,
    Case,
    Decision,
    Message,
    Role,
    Status,
    Turn,
    User,
    Verdict,
    bodies,
)
from tests import held
from tests.held import SECRET, SPAN
from tests.races import together

pytestmark = pytest.mark.slow


def decide(desk: Client, case: Case, action: str = "release", reason: str = "An example.", version: int = 0):
    return desk.post(f"/review/{case.pk}/decide/", {"action": action, "reason": reason, "version": version})


def answer(turn_id: UUID) -> str:
    return bodies.channels(Message.objects.get(turn=turn_id, role=Role.ASSISTANT).body)["text"]


def test_a_release_makes_exactly_the_held_bytes_a_message(desk: Client, case: Case, reviewer: User) -> None:
    frozen = Candidate.objects.get()
    assert not Message.objects.filter(turn=case.turn, role=Role.ASSISTANT).exists()
    assert decide(desk, case).status_code == 302
    message = Message.objects.get(turn=case.turn, role=Role.ASSISTANT)
    same = ("body", "salt", "digest", "finish")
    assert [getattr(message, name) for name in same] == [getattr(frozen, name) for name in same]
    assert not Candidate.objects.exists()
    assert Turn.objects.get(pk=case.turn_id).status == Status.SAVED
    decision = Decision.objects.get()
    assert (decision.reviewer, decision.action, decision.reason) == (reviewer, "release", "An example.")
    assert decision.digest == frozen.digest
    case.refresh_from_db()
    assert (case.state, case.version) == ("released", 1)
    assert case.closed_at
    reviews.reveal(reviewer, case.pk, "decide")
    page = desk.get(f"/review/{case.pk}/").context["found"]
    assert page.channels[0].segments[1].text == "AKIA-NOT-A-KEY"


def test_an_uphold_keeps_it_out(desk: Client, case: Case) -> None:
    assert decide(desk, case, "uphold").status_code == 302
    assert Turn.objects.get(pk=case.turn_id).status == Status.UPHELD
    assert not Message.objects.filter(turn=case.turn, role=Role.ASSISTANT).exists()
    assert Candidate.objects.exists()
    case.refresh_from_db()
    assert (case.state, case.version) == ("upheld", 1)


def test_it_is_on_record_for_good(desk: Client, case: Case) -> None:
    decide(desk, case)
    entry = AuditEntry.objects.get(action="case.release")
    assert entry.data["reference"] == case.reference
    with connection.cursor() as cursor:
        for table in ("chat_decision", "chat_auditentry"):
            with pytest.raises(DatabaseError, match="guard"), transaction.atomic():
                cursor.execute(f"DELETE FROM {table}")


WRONG = [
    ({"reason": ""}, "reason"),
    ({"reason": "  x "}, "reason"),
    ({"reason": "x" * 2001}, "reason"),
    ({"action": "delete"}, "action"),
    ({"action": ""}, "action"),
    ({"version": "-1"}, "version"),
    ({"version": "x"}, "version"),
]


def test_without_an_action_a_reason_and_a_version_nothing_happens(desk: Client, case: Case) -> None:
    given = {"action": "release", "reason": "abc", "version": "0"}
    for fields, wrong in WRONG:
        response = desk.post(f"/review/{case.pk}/decide/", {**given, **fields})
        assert response.status_code == 422
        assert wrong in response.context["form"].errors
        assert not Decision.objects.exists()
    assert desk.post(f"/review/{case.pk}/decide/", given).status_code == 302


def test_who_comes_second_is_told_who_decided_what(desk: Client, case: Case, admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(first_name="Alma Ruiz")
    other = Client()
    other.force_login(admin)
    assert decide(other, case, "uphold").status_code == 302
    response = decide(desk, case)
    assert response.status_code == 409
    assert "Alma Ruiz upheld this on " in response.context["error"]
    assert Decision.objects.count() == 1
    assert Turn.objects.get(pk=case.turn_id).status == Status.UPHELD


def test_what_was_written_for_an_older_version_is_offered_again(desk: Client, case: Case) -> None:
    Case.objects.update(version=3)
    response = decide(desk, case, reason="My careful words.")
    assert response.status_code == 409
    assert response.context["form"]["reason"].value() == "My careful words."
    assert response.context["form"]["version"].value() == "3"
    assert decide(desk, case, version=3).status_code == 302


def test_an_answer_that_passed_by_itself_cannot_be_decided(desk: Client, case: Case) -> None:
    Case.objects.update(state=Case.State.PASSED, closed_at=timezone.now())
    response = decide(desk, case, "uphold")
    assert response.status_code == 409
    assert "passed its checks" in response.context["error"]


def test_a_turn_that_moved_underneath_rolls_everything_back(desk: Client, case: Case) -> None:
    Turn.objects.filter(pk=case.turn_id).update(status=Status.UPHELD)
    assert decide(desk, case).status_code == 409
    case.refresh_from_db()
    assert (case.state, case.version) == ("open", 0)
    assert not Decision.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="case.release").exists()


def test_a_released_first_answer_names_its_conversation_and_an_upheld_one_does_not(
    desk: Client, person: Callable[..., User]
) -> None:
    ann = person("ann")
    for action, title in (("uphold", ""), ("release", "And then?")):
        chat = held.conversation(ann)
        assert decide(desk, held.held(chat, SECRET, SPAN), action).status_code == 302
        chat.refresh_from_db()
        assert chat.title == title


def test_the_released_answer_reaches_the_conversation(desk: Client, case: Case) -> None:
    decide(desk, case)
    assert answer(case.turn_id) == SECRET
    assert Verdict.objects.get(turn=case.turn_id).outcome == "flagged", "the verdict stays what it was"


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_the_same_moment_exactly_one_decides() -> None:
    first = User.objects.create_superuser("first", first_name="First")
    second = User.objects.create_superuser("second", first_name="Second")
    owner = User.objects.create_user("owner")
    for _ in range(3):
        case = held.held(held.conversation(owner), SECRET, SPAN)
        # Both read version 0 before either decides.
        assert {reviews.look(user, case.pk).case.version for user in (first, second)} == {0}
        outcomes = together(
            lambda case=case: reviews.decide(first, case.pk, "release", "Harmless.", 0),
            lambda case=case: reviews.decide(second, case.pk, "uphold", "A key.", 0),
        )
        (stale,) = [outcome for outcome in outcomes if isinstance(outcome, reviews.Stale)]
        (won,) = [outcome for outcome in outcomes if isinstance(outcome, Case)]
        decision = Decision.objects.get(case=case)
        assert decision.reviewer.first_name in str(stale)
        released = decision.action == "release"
        assert won.state == ("released" if released else "upheld")
        assert Message.objects.filter(turn=case.turn, role=Role.ASSISTANT).exists() is released
        assert Candidate.objects.filter(turn=case.turn).exists() is not released
