"""What a decision and its undo leave behind: only what was closed is undone, and an answer ends as it had finished."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from chat import live, reviews, turns
from chat.generation import judgement
from chat.models import Case, Conversation, Decision, Finish, Role, Status, Turn, User, Verdict
from tests import held
from tests.held import SECRET, SPAN

pytestmark = pytest.mark.slow

FINISHES = [
    (Finish.COMPLETE, Status.SAVED),
    (Finish.LENGTH, Status.SAVED),
    (Finish.STOPPED, Status.STOPPED),
    (Finish.BROKEN, Status.FAILED),
]


@pytest.fixture
def owner(person: Callable[..., User]) -> User:
    return person("ann")


def turn_of(case: Case) -> Turn:
    return Turn.objects.select_related("conversation").get(pk=case.turn_id)


def status_of(case: Case) -> str:
    return turn_of(case).status


def finished(case: Case, finish: Finish) -> Case:
    Turn.objects.filter(pk=case.turn_id).update(finish=finish)
    return case


def test_a_case_that_a_report_has_opened_again_has_no_decision_to_take_back(
    owner: User, reviewer: User, senior: User
) -> None:
    case = held.held(held.conversation(owner), SECRET, SPAN)
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    reopened = reviews.report(owner, turn_of(case), "wrong", "It is not one.")
    for who in (reviewer, senior):
        with pytest.raises(reviews.Stale, match="ann reported this"):
            reviews.undo(who, case.pk, reopened.version, "A slip.")
    assert [decision.action for decision in Decision.objects.all()] == ["release"]
    case.refresh_from_db()
    assert (case.state, case.version, status_of(case)) == ("open", reopened.version, Status.SAVED)
    reviews.decide(reviewer, case.pk, "uphold", "It is one.", reopened.version)
    assert status_of(case) == Status.WITHDRAWN


@pytest.mark.parametrize(("finish", "ends"), FINISHES)
def test_a_released_answer_ends_as_it_had_finished_each_time(
    finish: Finish, ends: Status, owner: User, reviewer: User
) -> None:
    case = finished(held.held(held.conversation(owner), SECRET, SPAN), finish)
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    assert status_of(case) == ends
    reviews.undo(reviewer, case.pk, 1, "A slip.")
    assert status_of(case) == Status.WITHDRAWN
    reviews.decide(reviewer, case.pk, "release", "One after all.", 2)
    assert status_of(case) == ends


@pytest.mark.parametrize(("finish", "ends"), FINISHES)
def test_a_reported_answer_is_back_as_it_was_where_its_uphold_is_undone(
    finish: Finish, ends: Status, owner: User, reviewer: User
) -> None:
    turn = held.saved(held.conversation(owner), "What is the limit?", "Four hundred.")
    Turn.objects.filter(pk=turn.pk).update(finish=finish, status=ends)
    case = reviews.report(owner, turn, "wrong", "It is forty.")
    upheld = reviews.decide(reviewer, case.pk, "uphold", "It is forty.", case.version)
    assert status_of(case) == Status.WITHDRAWN
    reviews.undo(reviewer, case.pk, upheld.version, "A slip.")
    assert status_of(case) == ends


@pytest.mark.parametrize(("finish", "ends"), FINISHES)
def test_a_held_answer_that_passes_later_ends_as_it_had_finished(
    finish: Finish, ends: Status, owner: User
) -> None:
    case = finished(held.held(held.conversation(owner), SECRET, SPAN), finish)
    past = timezone.now()
    Turn.objects.filter(pk=case.turn_id).update(hold_kind="unchecked", recheck_at=past, judged_rounds=1)
    frozen = turns.claim_recheck(case.turn_id)
    assert frozen is not None
    row = {"checker": "rules", "outcome": "pass", "findings": [], "milliseconds": 1.0}
    settled = turns.reconclude(frozen, Verdict.Outcome.PASS, 1, [row])
    assert settled is not None
    assert settled.status == status_of(case) == ends


@pytest.mark.parametrize(("outcome", "told"), [("unchecked", False), ("flagged", True), ("pass", True)])
def test_pages_are_told_of_a_later_check_that_has_changed_something(
    outcome: str, told: bool, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = held.held(held.conversation(owner), SECRET, SPAN)
    unchecked = {"hold_kind": "unchecked", "recheck_at": timezone.now(), "judged_rounds": 1}
    Turn.objects.filter(pk=case.turn_id).update(**unchecked)
    frozen = turns.claim_recheck(case.turn_id)
    assert frozen is not None
    heard: list[object] = []
    monkeypatch.setattr(live, "tell_desk", heard.append)
    monkeypatch.setattr(live, "tell", lambda owner, chat, kind: heard.append(kind))
    said = {"pass": "pass", "flagged": "flag", "unchecked": "error"}[outcome]
    row = {"checker": "rules", "outcome": said, "findings": [], "milliseconds": 1.0}
    assert judgement._settle_recheck(frozen, outcome, [row]) is not None
    assert ("turns" in heard, case.pk in heard) == (told, told)


GONE = [
    ({"deleted_at": timezone.now()}, {}, "has been deleted"),
    ({}, {"is_active": False}, "account is closed"),
]


@pytest.mark.parametrize(("of_chat", "of_owner", "words"), GONE)
def test_a_question_is_released_only_while_somebody_waits_for_its_answer(
    of_chat: dict, of_owner: dict, words: str, owner: User, reviewer: User
) -> None:
    chat = held.conversation(owner)
    case = held.asked(chat, "My question is secret.", (15, 21, "secret"))
    Conversation.objects.filter(pk=chat.pk).update(**of_chat)
    User.objects.filter(pk=owner.pk).update(**of_owner)
    with pytest.raises(reviews.Stale, match=words):
        reviews.decide(reviewer, case.pk, "release", "Harmless.", 0)
    assert status_of(case) == Status.HELD
    assert not Decision.objects.exists()
    reviews.decide(reviewer, case.pk, "uphold", "It is none.", 0)
    assert status_of(case) == Status.UPHELD


def test_an_answer_can_be_released_where_its_conversation_is_deleted(owner: User, reviewer: User) -> None:
    chat = held.conversation(owner)
    case = held.held(chat, SECRET, SPAN)
    Conversation.objects.filter(pk=chat.pk).update(deleted_at=timezone.now())
    reviews.decide(reviewer, case.pk, "release", "An example.", 0)
    assert case.turn.messages.filter(role=Role.ASSISTANT).exists()


def test_an_uphold_taken_back_leaves_the_category_that_the_case_had(owner: User, reviewer: User) -> None:
    flagged = held.held(held.conversation(owner), SECRET, (11, 25, "violence"))
    own = flagged.category
    upheld = reviews.decide(reviewer, flagged.pk, "uphold", "Hate.", 0, "hate")
    assert upheld.category == "hate" != own
    reviews.undo(reviewer, flagged.pk, 1, "A slip.")
    flagged.refresh_from_db()
    assert flagged.category == own == "violence"
    turn = held.saved(held.conversation(owner), "What is the limit?", "Four hundred.")
    reported = reviews.report(owner, turn, "wrong", "It is forty.")
    upheld = reviews.decide(reviewer, reported.pk, "uphold", "Hate.", reported.version, "hate")
    reviews.undo(reviewer, reported.pk, upheld.version, "A slip.")
    reported.refresh_from_db()
    assert reported.category == "wrong"
